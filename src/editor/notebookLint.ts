import type { ICellModel } from '@jupyterlab/cells';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { NotebookLinter } from '../contract';
import type { INotebookSource, IProblem } from '../contract';
import { Pause } from './pause';
import { Restraint } from './restraint';
import { Siblings } from './siblings';
import { NotebookReader } from './source';

/** What one open notebook is linted with. */
export type NotebookContext = DocumentRegistry.IContext<INotebookModel>;

/** Keeps the problems of one open notebook, whatever shows it. */
export class NotebookLint implements IDisposable {
  constructor(
    readonly context: NotebookContext,
    contents: Contents.IManager,
    private readonly _disabled: () => ReadonlyArray<string>
  ) {
    this._siblings = new Siblings(contents, context.path, this._pause.start);
    context.pathChanged.connect(this._onPath, this);
    void context.ready.then(() => this._attach());
  }

  /** In the order of the lint. */
  get problems(): ReadonlyArray<IProblem> {
    return this._problems;
  }

  /** What the problems were found in. */
  get source(): INotebookSource {
    return this._source;
  }

  /** Codes of rules that are switched off. */
  get disabled(): ReadonlyArray<string> {
    return this._disabled();
  }

  /** The problems are new. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Problems of one cell, and the source that they were found in; undefined where it has not been linted yet. */
  cell(
    id: string
  ): { source: string; problems: ReadonlyArray<IProblem> } | undefined {
    return this._cells.get(id);
  }

  /** What is not told while it is being typed. */
  readonly restraint = new Restraint(() => this._pause.start());

  /** Lints now, without waiting for a pause in typing, and tells all. */
  refresh(): ReadonlyArray<IProblem> {
    this._pause.stop();
    const { model } = this.context;
    if (this._isDisposed || !this.context.isReady || !model) {
      return this._problems;
    }
    this.restraint.stop();
    return this._lint(model);
  }

  /** Another run of a cell may have written files, and has changed counts and outputs. */
  executed(): void {
    this._siblings.look();
    this._pause.start();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._pause.stop();
    this.restraint.stop();
    this._siblings.dispose();
    // Clears the connections to the model and to its cells, too.
    Signal.clearData(this);
  }

  private _lint(model: INotebookModel): ReadonlyArray<IProblem> {
    this._source = this._reader.read(model, this._siblings.names);
    const problems = this._linter.lint(this._source, {
      disabled: this.disabled
    });
    this._problems = this.restraint.tellable(problems, this._problems);
    this._cells = byCell(this._source, this._problems);
    this._changed.emit();
    return this._problems;
  }

  private _afterPause(): void {
    const { model } = this.context;
    if (!this._isDisposed && this.context.isReady && model) {
      this._lint(model);
    }
  }

  private _attach(): void {
    const { model } = this.context;
    if (this._isDisposed || !model) {
      return;
    }
    model.contentChanged.connect(this._pause.start, this);
    model.cells.changed.connect(this._onCells, this);
    this._onCells();
    this._siblings.look();
    this.refresh();
  }

  /** Counts and whether a cell was edited come without a change of content. */
  private _onCells(): void {
    for (const cell of this.context.model.cells) {
      cell.stateChanged.connect(this._onState, this);
    }
  }

  private _onState(_: ICellModel, { name }: { name: string }): void {
    if (name === 'executionCount' || name === 'isDirty') {
      this._pause.start();
    }
  }

  private _onPath(_: NotebookContext, path: string): void {
    this._siblings.move(path);
  }

  private readonly _linter = new NotebookLinter();
  private readonly _reader = new NotebookReader();
  private readonly _pause = new Pause(() => this._afterPause());
  private readonly _siblings: Siblings;
  private readonly _changed = new Signal<this, void>(this);
  private _source: INotebookSource = { cells: [] };
  private _problems: ReadonlyArray<IProblem> = [];
  private _cells: ReturnType<typeof byCell> = new Map();
  private _isDisposed = false;
}

function byCell(
  source: INotebookSource,
  problems: ReadonlyArray<IProblem>
): Map<string, { source: string; problems: IProblem[] }> {
  const cells = source.cells.map(cell => ({
    id: cell.id,
    source: cell.source,
    problems: [] as IProblem[]
  }));
  for (const problem of problems) {
    if (problem.cellIndex !== undefined) {
      cells[problem.cellIndex].problems.push(problem);
    }
  }
  return new Map(cells.map(cell => [cell.id, cell]));
}
