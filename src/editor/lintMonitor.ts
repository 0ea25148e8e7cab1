import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IProblem } from '../contract';
import { NotebookLint } from './notebookLint';
import type { NotebookContext } from './notebookLint';

/** Keeps the problems of all open notebooks, as one types. */
export class LintMonitor implements IDisposable {
  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _contents: Contents.IManager
  ) {
    _tracker.forEach(panel => this._add(_tracker, panel));
    _tracker.widgetAdded.connect(this._add, this);
    _tracker.currentChanged.connect(this._onCurrent, this);
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  /** The notebook in front, if one is open. */
  get panel(): NotebookPanel | null {
    return this._tracker.currentWidget;
  }

  /** The lint of the notebook in front. */
  get current(): NotebookLint | undefined {
    return this.panel ? this.of(this.panel) : undefined;
  }

  /** Problems of the notebook in front. */
  get problems(): ReadonlyArray<IProblem> {
    return this.current?.problems ?? [];
  }

  /** Another notebook is in front, or the problems of the one given are new. */
  get changed(): ISignal<this, NotebookLint | null> {
    return this._changed;
  }

  /** Codes of rules that are switched off. */
  get disabled(): ReadonlyArray<string> {
    return this._disabled;
  }

  set disabled(codes: ReadonlyArray<string>) {
    if (codes.join() !== this._disabled.join()) {
      this._disabled = [...codes];
      this._lints.forEach(lint => lint.refresh());
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The lint of an open notebook. */
  of(panel: NotebookPanel): NotebookLint | undefined {
    return this._lints.get(panel.context);
  }

  /** The lint of the open notebook with this shared model, which is how an editor knows where it belongs. */
  ofShared(notebook: unknown): NotebookLint | undefined {
    for (const lint of this._lints.values()) {
      if (lint.context.model?.sharedModel === notebook) {
        return lint;
      }
    }
    return undefined;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._lints.forEach(lint => lint.dispose());
    this._lints.clear();
    Signal.clearData(this);
  }

  private _add(_: INotebookTracker, { context }: NotebookPanel): void {
    // Two views of a notebook share its context.
    if (this._lints.has(context)) {
      return;
    }
    const lint = new NotebookLint(
      context,
      this._contents,
      () => this._disabled
    );
    this._lints.set(context, lint);
    lint.changed.connect(this._onLint, this);
    context.disposed.connect(this._remove, this);
  }

  private _remove(context: NotebookContext): void {
    this._lints.get(context)?.dispose();
    this._lints.delete(context);
  }

  private _onLint(lint: NotebookLint): void {
    this._changed.emit(lint);
  }

  private _onCurrent(): void {
    this._changed.emit(null);
  }

  private _onExecuted(
    _: unknown,
    { notebook }: { notebook: NotebookPanel['content'] }
  ): void {
    this.ofShared(notebook.model?.sharedModel)?.executed();
  }

  private readonly _lints = new Map<NotebookContext, NotebookLint>();
  private readonly _changed = new Signal<this, NotebookLint | null>(this);
  private _disabled: ReadonlyArray<string> = [];
  private _isDisposed = false;
}
