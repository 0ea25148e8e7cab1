import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';
import type {
  IProblem,
  IRelease,
  IServedPackages,
  ReleaseState
} from '../deployments/wire';
import { DeploymentCard } from '../panel/DeploymentCard';
import type { PanelModel } from '../panel/model';
import { deploymentOf, release as made, NAME } from './deployment-fixtures';

const trans = nullTranslator.load('jupyterlab_slipway');
const DOCS = 'http://127.0.0.1:8901/docs#token=t';
const EMPTY_LOG = {
  lines: () => [],
  lineCount: 0,
  failure: '',
  changed: { connect: () => true, disconnect: () => true }
};
const PACKAGES: IServedPackages = {
  packages: [
    {
      name: 'six',
      version: '1.17.0',
      bytes: 34_000,
      kept: false,
      reason: 'nothing that serves imports it',
      modules: ['six']
    }
  ],
  before: 34_000,
  after: 0,
  fallback: null
};

function release(
  number: number,
  state: ReleaseState,
  packages?: IServedPackages
): IRelease {
  return made(number, state, packages && { packages });
}

function show(
  isOpen: boolean,
  notebook: string,
  ...releases: IRelease[]
): jest.Mock {
  const deployment = deploymentOf(releases, { notebook });
  const redeploy = jest.fn(async () => undefined);
  render(
    <DeploymentCard
      deployment={deployment}
      model={
        {
          isOpen: () => isOpen,
          log: () => EMPTY_LOG,
          deployments: {
            client: {
              access: async () => ({ token: 't', curl: 'curl', docs: DOCS })
            }
          }
        } as unknown as PanelModel
      }
      openNotebook={async () => undefined}
      redeploy={redeploy}
      trans={trans}
    />
  );
  return redeploy;
}

const head = () => screen.getByRole('button', { expanded: false }).textContent;

describe('DeploymentCard', () => {
  it('says that an earlier release serves while the newest does not', () => {
    show(false, 'a.ipynb', release(2, 'failed'), release(1, 'live'));
    expect(head()).toBe('aliverelease 2: failed');
  });

  const IGNORED: IProblem = {
    code: 'SLP542',
    severity: 'warning',
    message: 'Nothing was tried, because every entry is refused.'
  };
  const UNTRIED: IProblem = {
    code: 'SLP572',
    severity: 'warning',
    message: 'The service was not tried.'
  };

  it('says of what is live that nothing was tried, and first of all why', () => {
    const untried = { ...release(2, 'live'), warnings: [IGNORED, UNTRIED] };
    show(true, 'a.ipynb', untried, release(1, 'replaced'));
    const section = screen.getByRole('region', { name: NAME });
    expect(section.dataset.tried).toBe('false');
    expect(screen.getByRole('button', { expanded: true }).textContent).toBe(
      'alive, not tried'
    );
    const [first] = section.querySelector(
      '.jp-Slipway-deploymentBody'
    )!.children;
    expect(first.textContent).toContain(IGNORED.message);
    expect(screen.getAllByText(IGNORED.message)).toHaveLength(1);
    expect(screen.queryByText(UNTRIED.message)).toBeNull();
  });

  it('says so of what goes on serving, too', () => {
    const untried = { ...release(1, 'live'), warnings: [UNTRIED] };
    show(false, 'a.ipynb', release(2, 'failed'), untried);
    expect(head()).toBe('alive, not triedrelease 2: failed');
  });

  it('takes for tried what another sample was tried with', () => {
    show(false, 'a.ipynb', { ...release(1, 'live'), warnings: [IGNORED] });
    expect(head()).toBe('alive');
  });

  it.each([
    ['docker', 'Docker'],
    ['process', 'Process'],
    ['steam', 'steam']
  ])('says that a release is one of %s', (engine, word) => {
    show(true, 'a.ipynb', { ...release(3, 'stopped'), engine });
    expect(screen.getByText(new RegExp(`^release 3, ${word}, `))).toBeTruthy();
  });

  it('says one word where the newest serves, or none does', () => {
    show(false, 'a.ipynb', release(2, 'live'), release(1, 'replaced'));
    expect(head()).toBe('alive');
  });

  it('opens the API of what is live, with its token, and shows that nowhere', async () => {
    const open = jest.spyOn(window, 'open').mockReturnValue(null);
    show(true, 'a.ipynb', release(1, 'live'));
    fireEvent.click(await screen.findByRole('button', { name: 'API docs' }));
    expect(open).toHaveBeenCalledWith(DOCS, '_blank', 'noopener,noreferrer');
    expect(document.body.innerHTML).not.toContain('#token');
    open.mockRestore();
  });

  it.each([
    ['live', ['Redeploy', 'Stop', 'Remove…', 'Go back to an earlier release']],
    ['building', ['Cancel', 'Remove…']]
  ] as const)(
    'has what can be done above what is to be read, while %s',
    (state, offered) => {
      show(
        true,
        'a.ipynb',
        { ...release(2, state, PACKAGES), warnings: [IGNORED] },
        { ...release(1, 'replaced'), kept: true }
      );
      const all = [...document.querySelectorAll('button, summary')].map(
        ({ textContent }) => textContent
      );
      const [phases, packages, log] = [/^Phases/, /^Packages/, /^Log/].map(
        begin => all.findIndex(text => begin.test(text ?? ''))
      );
      expect(phases).toBeLessThan(packages);
      expect(packages).toBeLessThan(log);
      const at = offered.map(text => all.indexOf(text));
      expect(at).not.toContain(-1);
      expect(Math.max(...at)).toBeLessThan(phases);
    }
  );

  it('removes nothing at a mere Enter', async () => {
    show(true, 'a.ipynb', release(1, 'live'));
    fireEvent.click(screen.getByRole('button', { name: 'Remove…' }));
    await screen.findByText('Remove a?');
    expect(document.activeElement?.textContent).toBe('Cancel');
    fireEvent.click(document.activeElement!);
    await waitFor(() => expect(screen.queryByText('Remove a?')).toBeNull());
  });

  it('has no API to show of what does not run', () => {
    show(true, 'a.ipynb', release(1, 'stopped'));
    expect(screen.queryByRole('button', { name: 'API docs' })).toBeNull();
  });

  it('redeploys with what is to be kept', () => {
    const redeploy = show(true, 'a.ipynb', release(1, 'stopped', PACKAGES));
    const details = screen
      .getByText('Packages: 0 of 1, 0 B instead of 34 kB')
      .closest('details')!;
    details.open = true;
    fireEvent(details, new Event('toggle'));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Keep six' }));
    fireEvent.click(
      screen.getByRole('button', { name: 'Keep 1 and redeploy' })
    );
    expect(redeploy).toHaveBeenCalledWith(
      expect.objectContaining({ name: 'a' }),
      { keep: ['six'] }
    );
  });

  it.each([
    ['is being built', 'a.ipynb', 'building'],
    ['lies where the server does not reach', '/elsewhere/a.ipynb', 'stopped'],
    ['was fetched from a repository', 'git@host:a.git#:a.ipynb', 'stopped']
  ] as const)('offers nothing to keep of what %s', (_, notebook, state) => {
    show(true, notebook, release(1, state, PACKAGES));
    const details = screen.getByText(/^Packages: 0 of 1/).closest('details')!;
    details.open = true;
    fireEvent(details, new Event('toggle'));
    expect(screen.getByRole('table')).toBeTruthy();
    expect(screen.queryByRole('checkbox', { name: /Keep/ })).toBeNull();
  });
});
