import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import type { IDeployment, IProblem, IRelease } from '../deployments/wire';
import { DeploymentCard } from '../panel/DeploymentCard';
import type { PanelModel } from '../panel/model';

const trans = nullTranslator.load('jupyterlab_slipway');
const OFFER = 'Deploy anyway, answers may differ';

function problem(code: string, severity: IProblem['severity']): IProblem {
  return { code, severity, message: `The model of ${code}.` };
}

function show(release: Partial<IRelease>, notebook = 'a/noise.ipynb') {
  const name = 'noise';
  const deployment: IDeployment = {
    name,
    title: name,
    notebook,
    engine: 'process',
    releases: [
      {
        release: 1,
        state: 'failed',
        engine: 'process',
        created: 0,
        phases: [],
        warnings: [],
        seq: 1,
        ...release
      }
    ]
  };
  const model = {
    isOpen: () => true,
    deployments: { client: {} }
  } as unknown as PanelModel;
  const redeploy = jest.fn(async () => undefined);
  render(
    <DeploymentCard
      deployment={deployment}
      model={model}
      openNotebook={async () => undefined}
      redeploy={redeploy}
      trans={trans}
    />
  );
  return { deployment, redeploy };
}

describe('a release of a model that differs from itself', () => {
  it('can be deployed all the same', () => {
    const { deployment, redeploy } = show({
      problem: problem('SLP543', 'error')
    });
    fireEvent.click(screen.getByRole('button', { name: OFFER }));
    expect(redeploy.mock.calls).toEqual([
      [deployment, { acceptNondeterministic: true }]
    ]);
  });

  it('is told again to redeploy without accepting anything', () => {
    const { deployment, redeploy } = show({
      problem: problem('SLP543', 'error')
    });
    fireEvent.click(screen.getByRole('button', { name: 'Redeploy' }));
    expect(redeploy.mock.calls).toEqual([[deployment]]);
  });

  it('says so once it has been accepted, and offers nothing', () => {
    show({ state: 'live', warnings: [problem('SLP543', 'warning')] });
    expect(screen.getByText('The model of SLP543.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: OFFER })).toBeNull();
  });

  it('is offered for no other problem, and not where the notebook cannot be reached', () => {
    show({ problem: problem('SLP545', 'error') });
    expect(screen.queryByRole('button', { name: OFFER })).toBeNull();
    show({ problem: problem('SLP543', 'error') }, '/elsewhere/noise.ipynb');
    expect(screen.queryByRole('button', { name: OFFER })).toBeNull();
  });
});
