import { Notification } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { Fixes } from '../editor/fixes';

/** Milliseconds that a fix may take before one is told that it is under way. */
const PATIENCE = 400;

/** Tells how fixes go while the panel, which says it too, is not to be seen. */
export class FixNews implements IDisposable {
  constructor(
    private readonly _fixes: Fixes,
    private readonly _isPanelVisible: () => boolean
  ) {
    _fixes.changed.connect(this._tell, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    Signal.clearData(this);
  }

  private _tell(): void {
    window.clearTimeout(this._timer);
    const { report } = this._fixes;
    if (report?.state === 'asking') {
      if (!this._isPanelVisible()) {
        this._timer = window.setTimeout(() => {
          this._shown = Notification.emit(report.message, 'in-progress', {
            autoClose: false
          });
        }, PATIENCE);
      }
      return;
    }
    if (this._shown !== undefined) {
      Notification.dismiss(this._shown);
      this._shown = undefined;
    }
    if (this._isPanelVisible()) {
      return;
    }
    if (report?.state === 'failed') {
      Notification.warning(report.message, { autoClose: 8000 });
    } else if (report?.note) {
      // Something is left to do, or is other than it was said.
      Notification.info(report.note.replace(/`/g, ''), { autoClose: 12000 });
    }
  }

  private _timer: number | undefined;
  private _shown: string | undefined;
  private _isDisposed = false;
}
