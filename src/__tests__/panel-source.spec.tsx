import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import type { IProblem } from '../contract';
import { Engines } from '../deployments/engines';
import type {
  IDeployment,
  IRelease,
  ISource,
  IWorkingTreeView
} from '../deployments/wire';
import { DeploymentCard } from '../panel/DeploymentCard';
import { PanelModel } from '../panel/model';
import { NotebookSection } from '../panel/NotebookSection';

const trans = nullTranslator.load('jupyterlab_slipway');
const REVISION = '3f2a1bcd00112233445566778899aabbccddeeff';
const BUTTON = 'Deploy from the last commit';

const COMMITTED: IWorkingTreeView = {
  repository: 'https://git.example/boats.git',
  revision: REVISION,
  branch: 'main',
  subject: 'Train on all of them',
  committed: 1_700_000_000_000,
  path: 'models/a.ipynb',
  differs: false,
  untracked: false,
  dirty: false
};
const EMPTY: Partial<IWorkingTreeView> = {
  revision: null,
  subject: null,
  committed: null,
  untracked: true
};

interface IShown {
  view?: IWorkingTreeView | null;
  isUnsaved?: boolean;
  problems?: IProblem[];
}

/** The section of a notebook that stands so to its repository. */
function show({ view, isUnsaved = false, problems }: IShown) {
  const signal = () => new Signal<unknown, unknown>({});
  const { path } = COMMITTED;
  const panel = {
    id: path,
    title: { label: path },
    context: { path }
  } as unknown as NotebookPanel;
  const engines = new Engines({ engines: async () => [] });
  const model = new PanelModel(
    {
      model: { deployments: [], changed: signal() },
      stream: { connectionChanged: signal() },
      engines
    } as never,
    {
      monitor: {
        panel,
        current: {
          problems: problems ?? [],
          source: { cells: [] },
          disabled: []
        },
        changed: signal()
      },
      fixes: { changed: signal() }
    } as never,
    { view, isUnsaved, changed: signal() },
    path => path
  );
  const deployCommit = jest.fn(async () => undefined as void);
  const { container } = render(
    <NotebookSection
      model={model}
      deploy={() => undefined}
      deployCommit={deployCommit}
      problemActions={{} as never}
      fixAll={() => undefined}
      trans={trans}
    />
  );
  const line = container.querySelector<HTMLElement>('.jp-Slipway-source');
  return { line, deployCommit, model, engines };
}

const press = (pressed: HTMLElement) =>
  act(async () => void fireEvent.click(pressed));
const button = () => screen.queryByRole('button', { name: BUTTON });
const words = (line: HTMLElement | null) =>
  line?.textContent?.replace(/\s+/g, ' ').trim();

describe('Where a notebook stands in git', () => {
  it.each<[string, Partial<IWorkingTreeView>, boolean]>([
    ['main 3f2a1bc The notebook is as committed.', {}, false],
    ['main 3f2a1bc The notebook has unsaved changes.', {}, true],
    [
      'main 3f2a1bc The notebook is as committed; other files differ.',
      { dirty: true },
      false
    ],
    [
      'main 3f2a1bc The notebook has unsaved changes, and other files differ.',
      { dirty: true },
      true
    ],
    ['main 3f2a1bc The notebook differs from it.', { differs: true }, false],
    [
      'main 3f2a1bc The notebook differs from it. Some changes are not saved.',
      { differs: true },
      true
    ],
    [
      'main 3f2a1bc The notebook and other files differ from it.',
      { differs: true, dirty: true },
      false
    ],
    [
      'main 3f2a1bc This notebook has never been committed.',
      { untracked: true },
      false
    ],
    ['no branch 3f2a1bc The notebook is as committed.', { branch: null }, false]
  ])('is told as: %s', (sentence, view, isUnsaved) => {
    const { line } = show({ view: { ...COMMITTED, ...view }, isUnsaved });
    expect(words(line)).toBe(sentence);
  });

  it('has the commit in full for who points at it', () => {
    const { line } = show({ view: COMMITTED });
    const [revision, subject, , path, repository] = line!.title.split('\n');
    expect([revision, subject, path, repository]).toEqual([
      REVISION,
      COMMITTED.subject,
      COMMITTED.path,
      COMMITTED.repository
    ]);
  });

  it('is told before the first commit, too', () => {
    const { line } = show({ view: { ...COMMITTED, ...EMPTY } });
    expect(words(line)).toBe('main Nothing has been committed yet.');
    expect(button()).toBeNull();
  });

  it.each([undefined, null])('is not told where it is %s', view => {
    const { line } = show({ view });
    expect(line).toBeNull();
    expect(button()).toBeNull();
  });

  it('never makes markup of what comes from the repository', () => {
    const branch = '<img src=x>';
    show({ view: { ...COMMITTED, branch, subject: '<b>bold</b>' } });
    expect(document.querySelector('img, b')).toBeNull();
    expect(screen.getByText(branch)).toBeTruthy();
  });
});

describe('Deploying from the last commit', () => {
  it('is offered wherever there is one that holds the notebook', async () => {
    const { line, deployCommit } = show({ view: COMMITTED });
    expect(button()!.getAttribute('aria-describedby')).toBe(line!.id);
    expect(button()!.title).toContain(REVISION);
    expect(button()!.title).toContain(COMMITTED.subject);
    await press(button()!);
    expect(deployCommit).toHaveBeenCalledTimes(1);
  });

  it('takes one press while the commit is fetched', async () => {
    const { deployCommit } = show({ view: COMMITTED });
    let end = () => undefined as void;
    deployCommit.mockReturnValue(new Promise(resolve => (end = resolve)));
    await press(button()!);
    const busy = screen.getByRole('button', {
      name: 'Fetching the last commit…'
    });
    expect(busy.getAttribute('aria-disabled')).toBe('true');
    await press(busy);
    expect(deployCommit).toHaveBeenCalledTimes(1);
    await act(async () => end());
    expect(button()).toBe(busy);
    expect(busy.getAttribute('aria-disabled')).toBe('false');
  });

  it('is not kept back by errors on the screen, which the commit may not have', async () => {
    const { deployCommit } = show({
      view: { ...COMMITTED, differs: true },
      problems: [{ code: 'SLP111', severity: 'error', message: 'No.' }]
    });
    await press(button()!);
    expect(deployCommit).toHaveBeenCalledTimes(1);
  });

  it('is not offered for what was never committed', () => {
    show({ view: { ...COMMITTED, untracked: true } });
    expect(button()).toBeNull();
  });
});

describe('The card of a service', () => {
  const SOURCE: ISource = {
    repository: COMMITTED.repository,
    revision: REVISION,
    ref: null,
    path: COMMITTED.path,
    dirty: false
  };

  function facts(...sources: (ISource | undefined)[]) {
    const releases = sources.map((source, index): IRelease => ({
      release: sources.length - index,
      state: index === 0 && sources.length > 1 ? 'failed' : 'live',
      engine: 'process',
      created: 0,
      phases: [],
      warnings: [],
      seq: 1,
      ...(source && { source })
    }));
    const name = 'a';
    const deployment: IDeployment = {
      name,
      title: name,
      notebook: 'a.ipynb',
      engine: 'process',
      live: 1,
      releases
    };
    const { container } = render(
      <DeploymentCard
        deployment={deployment}
        model={
          {
            isOpen: () => true,
            log: () => ({}),
            deployments: {
              client: { access: () => new Promise(() => undefined) }
            }
          } as unknown as PanelModel
        }
        openNotebook={async () => undefined}
        redeploy={async () => undefined}
        trans={trans}
      />
    );
    return container.querySelector<HTMLElement>('.jp-Slipway-facts')!;
  }

  it.each<[string, Partial<ISource>]>([
    ['from 3f2a1bc', {}],
    ['from 3f2a1bc, with uncommitted changes', { dirty: true }],
    ['from 3f2a1bc (v1.2)', { ref: 'v1.2' }],
    [
      'from 3f2a1bc (topic), with uncommitted changes',
      { ref: 'topic', dirty: true }
    ],
    // These say nothing that the revision does not.
    ['from 3f2a1bc', { ref: 'HEAD' }],
    ['from 3f2a1bc', { ref: '3f2a1b' }]
  ])('says %s', (sentence, source) => {
    const shown = facts({ ...SOURCE, ...source }).querySelectorAll<HTMLElement>(
      '.jp-Slipway-releaseSource'
    );
    expect([...shown].map(({ textContent }) => textContent)).toEqual([
      sentence
    ]);
    expect(shown[0].title.split('\n')).toEqual([
      REVISION,
      SOURCE.path,
      SOURCE.repository
    ]);
    expect(shown[0].querySelector('a')).toBeNull();
  });

  it('says nothing of a release that is from no repository', () => {
    expect(facts(undefined).textContent).not.toContain('from');
  });

  it('says where the release is from that goes on serving', () => {
    const revision = 'ab'.repeat(20);
    const text = facts({ ...SOURCE, dirty: true }, { ...SOURCE, revision });
    expect(text.textContent).toContain(
      'release 1 goes on serving, from abababa'
    );
  });
});
