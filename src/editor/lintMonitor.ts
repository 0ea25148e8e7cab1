import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IProblem } from '../contract';
import { lintPanel } from './source';

const DELAY = 300;

/** Keeps the problems of the notebook in front, as one types. */
export class LintMonitor implements IDisposable {
  constructor(private readonly _tracker: INotebookTracker) {
    _tracker.currentChanged.connect(this._follow, this);
    this._follow();
  }

  /** The notebook in front, if one is open. */
  get panel(): NotebookPanel | null {
    return this._panel;
  }

  get problems(): ReadonlyArray<IProblem> {
    return this._problems;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Lints now, without waiting for a pause in typing. */
  refresh(): ReadonlyArray<IProblem> {
    const panel = this._panel;
    this._problems = panel && !panel.isDisposed ? lintPanel(panel) : [];
    this._changed.emit();
    return this._problems;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._tracker.currentChanged.disconnect(this._follow, this);
    this._release();
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  private _follow(): void {
    this._release();
    const panel = this._tracker.currentWidget;
    this._panel = panel;
    this._problems = [];
    if (panel) {
      panel.disposed.connect(this._release, this);
      void panel.context.ready.then(() => {
        if (this._panel === panel && !panel.isDisposed) {
          panel.context.model.contentChanged.connect(this._later, this);
          this.refresh();
        }
      });
    }
    this._changed.emit();
  }

  private _release(): void {
    const panel = this._panel;
    this._panel = null;
    this._problems = [];
    if (panel) {
      panel.disposed.disconnect(this._release, this);
      panel.context.model?.contentChanged.disconnect(this._later, this);
    }
  }

  private _later(): void {
    void this._debouncer.invoke();
  }

  private readonly _debouncer = new Debouncer(() => {
    if (!this._isDisposed) {
      this.refresh();
    }
  }, DELAY);
  private readonly _changed = new Signal<this, void>(this);
  private _panel: NotebookPanel | null = null;
  private _problems: ReadonlyArray<IProblem> = [];
  private _isDisposed = false;
}
