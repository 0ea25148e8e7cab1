/** Where strings end, f-strings and their fields (PEP 701) included. */

/** A stretch of text within a field. */
export interface IStretch {
  from: number;
  to: number;
}

/** What a formatted string consists of, where it was asked for. */
export interface IFormattedParts {
  /** Between the fields, quotes left out. */
  texts: IStretch[];
  /** The expressions of fields, up to their format or their brace. */
  fields: (IStretch & { isClosed: boolean; hasFormat: boolean })[];
}

export class StringScanner {
  constructor(private readonly _source: string) {}

  /** Line breaks and comments within fields, where the string itself goes over no lines. */
  readonly gaps: IStretch[] = [];

  /** The first field that goes on in another line than its string, whose quotes are single. */
  longField: IStretch | undefined;

  /** Where the string ends whose quotes begin at `at`; `parts` takes up what is in it. */
  end(
    at: number,
    prefix: string,
    parts?: IFormattedParts
  ): { at: number; closed: boolean } {
    const gaps = this.gaps.length;
    const found = this._end(at, prefix, parts);
    if (!found.closed && this.gaps.length > gaps && this._crossesLines) {
      // A field that nobody closed: it took in what is not its own. What follows is read line by line.
      this._crossesLines = false;
      this.gaps.length = gaps;
      this.longField = undefined;
      return this._end(at, prefix, parts);
    }
    return found;
  }

  private _end(
    at: number,
    prefix: string,
    parts?: IFormattedParts
  ): { at: number; closed: boolean } {
    const source = this._source;
    const quote = source[at];
    const long = source[at + 1] === quote && source[at + 2] === quote;
    const end = long ? quote.repeat(3) : quote;
    const formatted = /[fFtT]/.test(prefix);
    at += end.length;
    let from = at;
    while (at < source.length) {
      const char = source[at];
      if (char === quote && (!long || source.startsWith(end, at))) {
        parts?.texts.push({ from, to: at });
        return { at: at + end.length, closed: true };
      } else if (char === '\\') {
        at += formatted ? this._escape(at, prefix) : 2;
      } else if (char === '\n' && !long) {
        return { at, closed: false };
      } else if (formatted && char === '{' && source[at + 1] !== '{') {
        parts?.texts.push({ from, to: at });
        at = from = this._field(at + 1, end, parts);
      } else {
        at += formatted && char === '{' ? 2 : 1;
      }
    }
    return { at: source.length, closed: false };
  }

  /** The length of an escape in a formatted string. */
  private _escape(at: number, prefix: string): number {
    // A brace begins a field even behind a backslash, `\\N{…}` aside.
    if (this._source[at + 1] === '{') {
      return 1;
    }
    const name =
      this._source.startsWith('\\N{', at) &&
      !/r/i.test(prefix) &&
      /^\\N\{[^{}'"\n]*\}/.exec(this._source.slice(at, at + 99));
    return name ? name[0].length : 2;
  }

  /** Where a replacement field ends that begins at `at`; its expression may hold strings of its own. */
  private _field(at: number, end: string, parts?: IFormattedParts): number {
    const source = this._source;
    const from = at;
    const done = (to: number, isClosed: boolean, hasFormat: boolean) => {
      const field = { from, to, isClosed, hasFormat };
      parts?.fields.push(field);
      return field;
    };
    let depth = 0;
    while (at < source.length) {
      const char = source[at];
      if (char === '}' && depth === 0) {
        done(at, true, false);
        return at + 1;
      } else if (char === '\n' && end.length === 1) {
        if (!this._crossesLines && depth === 0) {
          break;
        }
        this.gaps.push({ from: at, to: at + 1 });
        this.longField ??= { from: from - 1, to: at };
        at++;
      } else if (char === '(' || char === '[' || char === '{') {
        depth++;
        at++;
      } else if (char === ')' || char === ']' || char === '}') {
        depth--;
        at++;
      } else if (char === ':' && depth === 0) {
        const field = done(at, true, true);
        const to = this._format(at + 1, end, parts);
        field.isClosed = source[to - 1] === '}';
        return to;
      } else if (char === '#') {
        const line = source.indexOf('\n', at);
        const to = line < 0 ? source.length : line;
        this.gaps.push({ from: at, to });
        at = to;
      } else if (char === '\\' && source[at + 1] === '\n') {
        this.gaps.push({ from: at, to: at + 2 });
        if (end.length === 1) {
          this.longField ??= { from: from - 1, to: at };
        }
        at += 2;
      } else if (char === '"' || char === "'") {
        const prefix = /[A-Za-z]*$/.exec(source.slice(Math.max(0, at - 2), at));
        at = this._end(at, prefix?.[0] ?? '').at;
      } else {
        at++;
      }
    }
    done(at, false, false);
    return at;
  }

  /** Where a format specification ends, its field's brace included. */
  private _format(at: number, end: string, parts?: IFormattedParts): number {
    const source = this._source;
    while (at < source.length) {
      if (
        source.startsWith(end, at) ||
        (source[at] === '\n' && end.length === 1)
      ) {
        return at;
      } else if (source[at] === '}') {
        return at + 1;
      } else if (source[at] === '{') {
        at = this._field(at + 1, end, parts);
      } else {
        at++;
      }
    }
    return at;
  }

  /** Whether a field within single quotes may go over lines, as it may since Python 3.12. */
  private _crossesLines = true;
}
