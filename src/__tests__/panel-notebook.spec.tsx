import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import type { IProblem } from '../contract';
import { Engines } from '../deployments/engines';
import type { IDeployment, IRelease } from '../deployments/wire';
import { PanelModel } from '../panel/model';
import { NotebookSection } from '../panel/NotebookSection';
import { PhaseList } from '../panel/PhaseList';

const trans = nullTranslator.load('jupyterlab_slipway');

/** A panel with a notebook in front, and services of some notebooks. */
function setUp(problems: IProblem[] = [], ...notebooks: string[]) {
  const signal = () => new Signal<unknown, unknown>({});
  const panel = (path: string) =>
    ({
      id: path,
      title: { label: path },
      context: { path }
    }) as unknown as NotebookPanel;
  const deployments = notebooks.map((notebook, index): IDeployment => ({
    name: `service-${index}`,
    title: `service-${index}`,
    notebook,
    engine: 'process',
    releases: []
  }));
  const monitor = {
    panel: panel('a.ipynb') as NotebookPanel | null,
    current: { problems, source: { cells: [] }, disabled: [] },
    changed: signal()
  };
  const engines = new Engines({ engines: async () => [] });
  const model = new PanelModel(
    {
      model: { deployments, changed: signal() },
      stream: { connectionChanged: signal() },
      engines
    } as never,
    { monitor, fixes: { changed: signal() } } as never,
    { view: undefined, isUnsaved: false, changed: signal() },
    path => path
  );
  const show = (path: string | null) => {
    monitor.panel = path === null ? null : panel(path);
  };
  return { model, engines, show };
}

const ERROR: IProblem = { code: 'SLP111', severity: 'error', message: 'No.' };

describe('The section of a notebook', () => {
  const draw = (model: PanelModel) => (
    <NotebookSection
      model={model}
      deploy={() => undefined}
      deployCommit={async () => undefined}
      problemActions={{} as never}
      fixAll={() => undefined}
      trans={trans}
    />
  );

  it('says why the button is grey, and aloud when it was pressed', () => {
    const { model } = setUp([ERROR, ERROR]);
    const { rerender } = render(draw(model));
    const button = screen.getByRole<HTMLButtonElement>('button', {
      name: 'Deploy as service'
    });
    expect(button.disabled).toBe(true);
    const words = screen.getByText(/Not deployed while there are 2 errors/);
    expect(button.getAttribute('aria-describedby')).toBe(words.id);
    expect(screen.queryByRole('alert')).toBeNull();
    model.stop('b.ipynb');
    rerender(draw(model));
    expect(screen.queryByRole('alert')).toBeNull();
    model.stop('a.ipynb');
    rerender(draw(model));
    const first = screen.getByRole('alert');
    expect(first.textContent).toContain('Deploy anyway');
    // Each press is told anew.
    model.stop('a.ipynb');
    rerender(draw(model));
    expect(screen.getByRole('alert')).not.toBe(first);
  });

  it('says nothing of it where nothing stops', () => {
    const { model } = setUp();
    render(draw(model));
    expect(screen.queryByText(/Not deployed/)).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Deploy as service' }));
  });
});

describe('The cards of services', () => {
  it('are open by default for the first of the notebook in front only', () => {
    const { model, show } = setUp([], 'b.ipynb', 'a.ipynb', 'a.ipynb');
    const open = () =>
      model.list.map(({ name }) => name).filter(name => model.isOpen(name));
    expect(open()).toEqual(['service-1']);
    model.setOpen('service-2', true);
    expect(open()).toEqual(['service-1', 'service-2']);
    show('b.ipynb');
    expect(open()).toEqual(['service-0']);
    show('c.ipynb');
    expect(open()).toEqual([]);
    show('a.ipynb');
    expect(open()).toEqual(['service-1', 'service-2']);
    show(null);
    expect(open()).toEqual(['service-0']);
  });
});

describe('The progress of a run', () => {
  it("names the cell by JupyterLab's number", () => {
    const release: IRelease = {
      release: 1,
      state: 'building',
      engine: 'process',
      created: 0,
      phases: [{ phase: 'execute', status: 'started', log_size: 0 }],
      progress: { number: 6, total: 12, cell: { index: 8 } },
      warnings: [],
      seq: 1
    };
    render(<PhaseList release={release} trans={trans} />);
    expect(screen.getByText(/^cell 8 \(6 of 12 that run\)$/)).toBeTruthy();
  });
});
