/**
 * Heights of very many lines, of which only those that were drawn are known. Pixels.
 *
 * #### Notes
 * A line that was never drawn counts as one row. What it turns out to be above the lines in sight, browsers
 * make up for by scrolling along.
 */
export class LineHeights {
  constructor(
    /** Height of a row. */
    private readonly _row: number
  ) {}

  /** Enters what a line was measured to be; whether that is news. */
  set(line: number, height: number): boolean {
    if (height <= 0 || height === this._of(line)) {
      return false;
    }
    this._known[line] = height;
    return true;
  }

  /** All of them are to be measured again, as in another width. */
  clear(): void {
    this._known.length = 0;
  }

  /** The height of lines `from` to `to` (excluded). */
  between(from: number, to: number): number {
    let sum = 0;
    for (let line = from; line < to; line++) {
      sum += this._of(line);
    }
    return sum;
  }

  /** The line, of so many, at a distance from the top of the first one. */
  at(top: number, count: number): number {
    let line = 0;
    for (let end = 0; line < count - 1; line++) {
      end += this._of(line);
      if (end > top) {
        break;
      }
    }
    return line;
  }

  private _of(line: number): number {
    return this._known[line] ?? this._row;
  }

  private readonly _known: number[] = [];
}
