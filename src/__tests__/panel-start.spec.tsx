import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import type { IRelease, ReleaseState } from '../deployments/wire';
import { DeploymentCard } from '../panel/DeploymentCard';
import type { PanelModel } from '../panel/model';
import { deploymentOf, release as made } from './deployment-fixtures';

const trans = nullTranslator.load('jupyterlab_slipway');

function release(number: number, state: ReleaseState, of?: number): IRelease {
  return made(number, state, {
    engine: 'docker',
    ...(of !== undefined && { of })
  });
}

function show(
  start: () => Promise<unknown>,
  notebook: string,
  ...releases: IRelease[]
): void {
  const deployment = deploymentOf(releases, { notebook, engine: 'docker' });
  render(
    <DeploymentCard
      deployment={deployment}
      model={
        {
          isOpen: () => true,
          log: () => ({
            lines: () => [],
            lineCount: 0,
            failure: '',
            changed: { connect: () => true, disconnect: () => true }
          }),
          deployments: {
            client: {
              start,
              access: () => new Promise(() => undefined)
            }
          }
        } as unknown as PanelModel
      }
      openNotebook={async () => undefined}
      redeploy={async () => undefined}
      trans={trans}
    />
  );
}

const button = () => screen.queryByRole('button', { name: 'Start' });

describe('DeploymentCard, start', () => {
  it.each(['stopped', 'lost'] as const)(
    'serves again what is %s',
    async state => {
      const start = jest.fn(async () => undefined);
      show(start, 'a.ipynb', release(1, state));
      fireEvent.click(button()!);
      expect(start).toHaveBeenCalledWith('a');
    }
  );

  it('is offered where the newest failed, and an earlier one served', () => {
    show(jest.fn(), 'a.ipynb', release(2, 'failed'), release(1, 'stopped'));
    expect(button()).not.toBeNull();
  });

  it.each([
    ['runs', [release(2, 'failed'), release(1, 'live')]],
    ['is on its way', [release(2, 'building'), release(1, 'stopped')]],
    ['never served', [release(2, 'cancelled'), release(1, 'failed')]]
  ] as const)('is not offered where it %s', (_, releases) => {
    show(jest.fn(), 'a.ipynb', ...releases);
    expect(button()).toBeNull();
  });

  it('says why it does not start', async () => {
    const start = async () => {
      throw new Error('The bundle of release 1 of a is not kept any more.');
    };
    show(start, 'a.ipynb', release(1, 'stopped'));
    fireEvent.click(button()!);
    expect((await screen.findByRole('alert')).textContent).toContain(
      'not kept any more'
    );
  });

  it('says whose build a release serves', () => {
    show(jest.fn(), 'a.ipynb', release(7, 'live', 3));
    expect(screen.getByText(/^release 7 \(of 3\), Docker, /)).toBeTruthy();
  });

  it('says that such a release is starting, since nothing is built', () => {
    show(jest.fn(), 'a.ipynb', release(2, 'building', 1), release(1, 'live'));
    expect(screen.getByText('release 2: starting')).toBeTruthy();
  });

  it('has no notebook to open of a pulled image', () => {
    show(jest.fn(), 'docker://r.example/a', release(1, 'stopped'));
    const link = screen.getByRole('button', { name: 'docker://r.example/a' });
    expect((link as HTMLButtonElement).disabled).toBe(true);
    expect(screen.queryByRole('button', { name: 'Redeploy' })).toBeNull();
    expect(button()).not.toBeNull();
  });
});
