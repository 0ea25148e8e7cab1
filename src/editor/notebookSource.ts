import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { RequestError } from '../deployments/client';
import type { DeploymentsClient } from '../deployments/client';
import type { IWorkingTreeView } from '../deployments/wire';
import type { NotebookContext } from './notebookLint';

/** Milliseconds in which several reasons to ask become one. */
const DELAY = 300;

/** What tells which notebook is in front. */
export interface IFront {
  readonly panel: NotebookPanel | null;
  /** Told with null when another one is in front. */
  readonly changed: ISignal<unknown, unknown>;
}

/** How the notebook in front stands to the last commit. */
export interface ISourceState {
  /** Undefined until the server has told; null where the notebook's file lies in no repository. */
  readonly view: IWorkingTreeView | null | undefined;
  /** Whether the screen has changes that the file has not. */
  readonly isUnsaved: boolean;
  readonly changed: ISignal<unknown, unknown>;
}

/**
 * Knows how the notebook in front stands to the last commit of its repository.
 *
 * The server is asked when a notebook comes to the front, when it or another file has changed on the disk by what
 * JupyterLab knows, and when the window gets the focus, since files and commits change outside it; and only while
 * somebody looks.
 */
export class NotebookSource implements ISourceState, IDisposable {
  constructor(
    private readonly _front: IFront,
    private readonly _client: Pick<DeploymentsClient, 'source'>,
    private readonly _contents: Contents.IManager
  ) {
    _front.changed.connect(this._onFront, this);
    // A file beside the notebook may be one of those that differ.
    _contents.fileChanged.connect(this.look, this);
    window.addEventListener('focus', this.look);
    this._follow();
  }

  get view(): IWorkingTreeView | null | undefined {
    return this._context && this._views.get(this._context);
  }

  get isUnsaved(): boolean {
    return this._context?.model?.dirty ?? false;
  }

  /** Whether anybody looks at what is known here. */
  get isSeen(): boolean {
    return this._isSeen;
  }

  set isSeen(isSeen: boolean) {
    this._isSeen = isSeen;
    if (isSeen && this._isStale) {
      this.look();
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Asks the server, a little later; while nobody looks, when somebody does. */
  readonly look = (): void => {
    if (this._isDisposed) {
      return;
    }
    this._isStale = true;
    if (this._context && this._isSeen) {
      // The debouncer is not there any more once this is disposed.
      this._debouncer.invoke().catch(() => undefined);
    }
  };

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.removeEventListener('focus', this.look);
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  private _onFront(_: unknown, lint: unknown): void {
    if (lint === null) {
      this._follow();
    }
  }

  private _follow(): void {
    const context = this._front.panel?.context;
    if (context === this._context) {
      return;
    }
    this._context?.pathChanged.disconnect(this._onPath, this);
    this._context?.fileChanged.disconnect(this.look, this);
    this._model?.stateChanged.disconnect(this._onState, this);
    this._model = undefined;
    this._context = context;
    if (context) {
      context.pathChanged.connect(this._onPath, this);
      // A save too: then the contents manager has told what the file is now.
      context.fileChanged.connect(this.look, this);
      void context.ready.then(() => this._attach(context));
      this.look();
    }
    this._changed.emit();
  }

  private _attach(context: NotebookContext): void {
    if (!this._isDisposed && context === this._context && !context.isDisposed) {
      this._model = context.model;
      this._model.stateChanged.connect(this._onState, this);
      this._changed.emit();
    }
  }

  private _onState(_: INotebookModel, { name }: { name: string }): void {
    if (name === 'dirty') {
      this._changed.emit();
    }
  }

  private _onPath(context: NotebookContext): void {
    this._views.delete(context);
    this._changed.emit();
    this.look();
  }

  private async _ask(): Promise<void> {
    const context = this._context;
    if (!context) {
      return;
    }
    this._isStale = false;
    const { path } = context;
    const question = ++this._questions;
    let view: IWorkingTreeView | null;
    try {
      view = await this._client.source(this._contents.localPath(path));
    } catch (error) {
      if (error instanceof RequestError) {
        // That the server fails is told elsewhere; what was known is more than nothing.
        this._isStale = true;
        return;
      }
      throw error;
    }
    // An answer that was overtaken says what was.
    if (
      !this._isDisposed &&
      question === this._questions &&
      context.path === path
    ) {
      this._views.set(context, view);
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _debouncer = new Debouncer(() => this._ask(), DELAY);
  private _context: NotebookContext | undefined;
  private _isDisposed = false;
  private _isSeen = false;
  private _isStale = false;
  private _model: INotebookModel | undefined;
  /** How often the server was asked. */
  private _questions = 0;
  private readonly _views = new WeakMap<
    NotebookContext,
    IWorkingTreeView | null
  >();
}
