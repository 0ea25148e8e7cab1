/** Open notebooks as the editor's parts see them, with real models. */

import { NotebookModel } from '@jupyterlab/notebook';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { rules } from '../contract';
import type { IRule } from '../contract';
import type { NotebookContext } from '../editor/notebookLint';

/** A notebook with these code cells; each has its own undo history, as in JupyterLab by default. */
export function modelOf(
  sources: ReadonlyArray<string>,
  disableDocumentWideUndoRedo = true
): NotebookModel {
  const model = new NotebookModel({ disableDocumentWideUndoRedo });
  model.fromJSON({
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      execution_count: null,
      metadata: {},
      outputs: [],
      source
    })),
    metadata: {
      kernelspec: { name: 'python3', display_name: 'P', language: 'python' },
      language_info: { name: 'python', version: '3.11.4' }
    },
    nbformat: 4,
    nbformat_minor: 5
  });
  model.sharedModel.clearUndoHistory();
  return model;
}

export class FakeContext {
  constructor(
    readonly model: NotebookModel,
    public path = 'work/a.ipynb'
  ) {}

  readonly isReady = true;
  readonly ready = Promise.resolve();
  readonly sessionContext: { session: unknown } = { session: null };
  readonly pathChanged = new Signal<this, string>(this);
  readonly disposed = new Signal<this, void>(this);

  get context(): NotebookContext {
    return this as unknown as NotebookContext;
  }

  get panel(): NotebookPanel {
    const { model } = this;
    return { context: this, content: { model } } as unknown as NotebookPanel;
  }
}

/** A contents manager that lists what it is told. */
export class FakeContents {
  files = ['a.ipynb', 'data.csv'];
  asked: string[] = [];
  readonly fileChanged = new Signal<this, Contents.IChangedArgs>(this);

  driveName(path: string): string {
    return path.includes(':') ? path.split(':')[0] : '';
  }

  localPath(path: string): string {
    return path.split(':').pop() ?? '';
  }

  async get(path: string): Promise<Partial<Contents.IModel>> {
    this.asked.push(path);
    return { content: this.files.map(name => ({ name })) };
  }

  get manager(): Contents.IManager {
    return this as unknown as Contents.IManager;
  }
}

export class FakeTracker {
  currentWidget: NotebookPanel | null = null;
  panels: NotebookPanel[] = [];
  readonly widgetAdded = new Signal<this, NotebookPanel>(this);
  readonly currentChanged = new Signal<this, NotebookPanel | null>(this);

  forEach(visit: (panel: NotebookPanel) => void): void {
    this.panels.forEach(visit);
  }

  open(panel: NotebookPanel): void {
    this.panels.push(panel);
    this.currentWidget = panel;
    this.widgetAdded.emit(panel);
    this.currentChanged.emit(panel);
  }

  get tracker(): INotebookTracker {
    return this as unknown as INotebookTracker;
  }
}

/** Adds a rule to the lint for the length of a test file's run. */
export function withRule(rule: IRule): void {
  beforeAll(() => {
    (rules as IRule[]).push(rule);
  });
  afterAll(() => {
    (rules as IRule[]).splice(rules.indexOf(rule), 1);
  });
}

/** Waits until something holds. */
export async function until(
  condition: () => boolean,
  patience = 4000
): Promise<void> {
  const end = Date.now() + patience;
  while (!condition()) {
    if (Date.now() > end) {
      throw new Error('It did not come to that in time.');
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

// What Yjs says of the way in which @jupyter/ydoc makes cells is none of ours.
beforeAll(() => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});
