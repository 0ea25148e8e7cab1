/** Milliseconds without a change after which there is work. */
const QUIET = 100;
/** Milliseconds after which it is done although changes go on, as those of a cell that prints do. */
const PATIENCE = 600;
/** Milliseconds that the browser may take to find an idle moment. */
const IDLE = 50;

/** Does something in the first idle moment of a pause. */
export class Pause {
  constructor(private readonly _work: () => void) {}

  /** Something has changed. */
  readonly start = (): void => {
    const now = Date.now();
    this._since ??= now;
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(
      this._whenIdle,
      Math.max(0, Math.min(QUIET, this._since + PATIENCE - now))
    );
  };

  /** Forgets what has changed. */
  stop(): void {
    window.clearTimeout(this._timer);
    if (this._idle !== undefined) {
      window.cancelIdleCallback(this._idle);
    }
    this._since = undefined;
    this._idle = undefined;
  }

  private readonly _whenIdle = (): void => {
    // Safari has none.
    if (typeof window.requestIdleCallback !== 'function') {
      this._run();
    } else {
      this._idle ??= window.requestIdleCallback(this._run, { timeout: IDLE });
    }
  };

  private readonly _run = (): void => {
    this.stop();
    this._work();
  };

  private _timer: number | undefined;
  private _idle: number | undefined;
  private _since: number | undefined;
}
