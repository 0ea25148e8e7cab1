import type { IProblem } from '../contract';

/** Milliseconds after a keystroke in which nothing is said of what is still being typed. */
const PATIENCE = 700;

/** What is told of a cell only once the cursor has left it, or rests: half a statement is seldom right. */
export class Restraint {
  /** `_over`: there may be something to tell. */
  constructor(private readonly _over: () => void) {}

  /** Somebody types in a cell, within a stretch of its text: that of the line. */
  readonly typed = (cellId: string, from: number, to: number): void => {
    this._place = { cellId, from, to };
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(this.left, PATIENCE);
  };

  /** The cursor has left the place, or rests. */
  readonly left = (): void => {
    if (this._place) {
      this.stop();
      this._over();
    }
  };

  /** Forgets the place. */
  stop(): void {
    window.clearTimeout(this._timer);
    this._place = undefined;
  }

  /** Those of the problems that can be told now; `told` are those that were, which stay. */
  tellable(
    problems: ReadonlyArray<IProblem>,
    told: ReadonlyArray<IProblem>
  ): ReadonlyArray<IProblem> {
    const place = this._place;
    if (!place) {
      return problems;
    }
    const { cellId, from, to } = place;
    const key = ({ code, message }: IProblem) => `${code} ${message}`;
    const known = new Set(
      told.filter(problem => problem.cellId === cellId).map(key)
    );
    return problems.filter(
      problem =>
        problem.cellId !== cellId ||
        known.has(key(problem)) ||
        // What is not closed yet makes the lines below invalid.
        (problem.code !== 'SLP201' &&
          !(
            problem.range &&
            problem.range.from <= to &&
            from <= problem.range.to
          ))
    );
  }

  private _place: { cellId: string; from: number; to: number } | undefined;
  private _timer: number | undefined;
}
