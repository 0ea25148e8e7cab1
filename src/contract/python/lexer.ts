/**
 * Splits a cell into logical lines and their tokens, IPython's own lines set apart.
 *
 * The grammar needs it for two things: to find magics before it sees them (their text is not Python, not
 * even as tokens), and to bridge the few forms that it does not know.
 */

export type TokenKind = 'name' | 'number' | 'string' | 'operator';

export interface IToken {
  kind: TokenKind;
  text: string;
  from: number;
  to: number;
  /** How many brackets are open around it; a bracket counts as outside of itself. */
  depth: number;
}

/** A stretch of text that IPython handles, and not Python. */
export interface IMagic {
  /** `line` is a whole line; `value` stands right of a `=`. */
  kind: 'line' | 'value';
  from: number;
  to: number;
}

export interface ILogicalLine {
  tokens: IToken[];
}

/** What Python's tokenizer, or its parser at a glance, does not take. */
export interface ILexicalError {
  kind:
    | 'unclosed'
    | 'unmatched'
    | 'string'
    | 'indent'
    | 'dedent'
    | 'block'
    | 'tabs'
    | 'unequal'
    | 'octal'
    | 'raise';
  from: number;
  to: number;
}

export interface ILexed {
  lines: ILogicalLine[];
  magics: IMagic[];
  /** Backslashes that join two lines, outside of strings and magics. */
  joints: number[];
  /** The most brackets that are open at once. */
  depth: number;
  error?: ILexicalError;
}

// The forms of IPython's input transformer: magics, shell lines, help, and the three escapes of its autocall.
const MAGIC_LINE = /[%!?,;/]/;
const NAME = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y;
const NUMBER =
  /0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?[jJ]?/y;
const STRING_PREFIX = /^(?:[rR]?[fFtTbB]?|[fFtTbB][rR]|[uU])$/;
const OPERATOR =
  /\*\*=|\/\/=|>>=|<<=|\.\.\.|!=|->|:=|==|<=|>=|<>|\+=|-=|\*=|\/=|%=|@=|&=|\|=|\^=|\*\*|\/\/|<<|>>|[^]/y;

const CLOSING: { [opening: string]: string } = { '(': ')', '[': ']', '{': '}' };

export function lex(source: string): ILexed {
  return new Lexer(source).run();
}

class Lexer {
  constructor(private readonly _source: string) {}

  run(): ILexed {
    const source = this._source;
    while (this._at < source.length) {
      if (this._tokens.length === 0 && this._open.length === 0) {
        if (this._skipMagicLine()) {
          continue;
        }
      }
      if (this._at < source.length) {
        this._step(source[this._at]);
      }
    }
    this._endLine();
    if (this._open.length > 0) {
      const { from, to } = this._open[this._open.length - 1];
      this._fail('unclosed', from, to);
    }
    return this._result;
  }

  private _step(char: string): void {
    const source = this._source;
    if (char === '\n') {
      if (this._open.length === 0) {
        this._endLine();
      }
      this._at++;
    } else if (char === ' ' || char === '\t' || char === '\f') {
      this._at++;
    } else if (char === '\\' && source[this._at + 1] === '\n') {
      this._result.joints.push(this._at);
      this._at += 2;
    } else if (char === '#') {
      this._at = this._lineEnd();
    } else if (char === '"' || char === "'") {
      this._string(this._at, '');
    } else if (/[A-Za-z_\u0080-\uffff]/.test(char)) {
      this._name();
    } else if (/\d/.test(char) || /^\.\d/.test(source.substr(this._at, 2))) {
      this._push('number', this._match(NUMBER));
    } else {
      this._operator();
    }
  }

  private _name(): void {
    const from = this._at;
    const name = this._match(NAME);
    const next = this._source[from + name.length];
    if ((next === '"' || next === "'") && STRING_PREFIX.test(name)) {
      this._at = from + name.length;
      this._string(from, name);
    } else {
      this._push('name', name);
    }
  }

  private _operator(): void {
    const from = this._at;
    const text = this._match(OPERATOR);
    if (text in CLOSING) {
      this._push('operator', text);
      this._open.push({ text, from, to: from + 1 });
      this._result.depth = Math.max(this._result.depth, this._open.length);
      return;
    }
    if (text === ')' || text === ']' || text === '}') {
      const opening = this._open.pop();
      if (!opening || CLOSING[opening.text] !== text) {
        this._fail('unmatched', from, from + 1);
      }
    }
    this._push('operator', text);
    if (text === '=' && this._open.length === 0) {
      this._skipMagicValue();
    }
  }

  /** Consumes a string whose quotes begin at the current place. */
  private _string(from: number, prefix: string): void {
    const end = stringEnd(this._source, this._at, prefix);
    this._at = from;
    this._push('string', this._source.slice(from, end.at));
    if (!end.closed) {
      this._fail('string', from, Math.min(this._lineEnd(from), end.at));
    }
  }

  private _skipMagicLine(): boolean {
    const from = this._at;
    let at = from;
    while (/[ \t]/.test(this._source.charAt(at))) {
      at++;
    }
    if (!MAGIC_LINE.test(this._source.charAt(at)) && !this._isHelp(at)) {
      // Not to be asked again for each of the spaces.
      this._at = at;
      return false;
    }
    this._skipMagic('line', at);
    return true;
  }

  /** Whether a line is `name?` or the like; `?` means nothing to Python, strings and comments aside. */
  private _isHelp(at: number): boolean {
    const line = this._source.slice(at, this._lineEnd(at));
    // Most lines have none, and this is asked of all of them.
    if (!line.includes('?')) {
      return false;
    }
    return /^[^'"#]*\?\??\s*(?:#.*)?$/.test(line) && /^[^#]*\?/.test(line);
  }

  private _skipMagicValue(): void {
    let at = this._at;
    while (/[ \t]/.test(this._source.charAt(at))) {
      at++;
    }
    if (/[%!]/.test(this._source.charAt(at))) {
      this._skipMagic('value', at);
    }
  }

  private _skipMagic(kind: IMagic['kind'], from: number): void {
    let to = this._lineEnd(from);
    while (this._source[to - 1] === '\\' && to < this._source.length) {
      to = this._lineEnd(to + 1);
    }
    this._result.magics.push({ kind, from, to });
    this._at = to;
    if (kind === 'line') {
      this._at = Math.min(to + 1, this._source.length);
    }
  }

  private _lineEnd(from = this._at): number {
    const end = this._source.indexOf('\n', from);
    return end < 0 ? this._source.length : end;
  }

  private _match(pattern: RegExp): string {
    pattern.lastIndex = this._at;
    return pattern.exec(this._source)?.[0] ?? this._source[this._at];
  }

  private _push(kind: TokenKind, text: string): void {
    const from = this._at;
    const to = from + text.length;
    this._tokens.push({ kind, text, from, to, depth: this._open.length });
    this._at = to;
  }

  private _endLine(): void {
    if (this._tokens.length > 0) {
      this._result.lines.push({ tokens: this._tokens });
      this._tokens = [];
    }
  }

  /** Keeps the first one: what follows is mostly its consequence. */
  private _fail(kind: ILexicalError['kind'], from: number, to: number): void {
    this._result.error ??= { kind, from, to };
  }

  private _at = 0;
  private _open: { text: string; from: number; to: number }[] = [];
  private _tokens: IToken[] = [];
  private readonly _result: ILexed = {
    lines: [],
    magics: [],
    joints: [],
    depth: 0
  };
}

/** Where the string ends whose quotes begin at `at`. */
function stringEnd(
  source: string,
  at: number,
  prefix: string
): { at: number; closed: boolean } {
  const quote = source[at];
  const long = source.startsWith(quote.repeat(3), at);
  const end = long ? quote.repeat(3) : quote;
  const formatted = /[fFtT]/.test(prefix);
  at += end.length;
  while (at < source.length) {
    const char = source[at];
    if (source.startsWith(end, at)) {
      return { at: at + end.length, closed: true };
    } else if (char === '\\') {
      // A brace begins a field even behind a backslash, `\\N{…}` aside.
      const name = formatted && /^\\N\{[^}]*\}/.exec(source.slice(at, at + 99));
      at += formatted && source[at + 1] === '{' ? 1 : name ? name[0].length : 2;
    } else if (char === '\n' && !long) {
      return { at, closed: false };
    } else if (formatted && char === '{') {
      at = source[at + 1] === '{' ? at + 2 : fieldEnd(source, at + 1, end);
    } else {
      at++;
    }
  }
  return { at: source.length, closed: false };
}

/** Where a replacement field ends that begins at `at`; its expression may hold strings of its own. */
function fieldEnd(source: string, at: number, end: string): number {
  let depth = 0;
  while (at < source.length) {
    const char = source[at];
    if (char === '}' && depth === 0) {
      return at + 1;
    } else if (char === '\n' && end.length === 1 && depth === 0) {
      return at;
    } else if (/[([{]/.test(char)) {
      depth++;
      at++;
    } else if (/[)\]}]/.test(char)) {
      depth--;
      at++;
    } else if (char === ':' && depth === 0) {
      return specEnd(source, at + 1, end);
    } else if (char === '#') {
      const line = source.indexOf('\n', at);
      at = line < 0 ? source.length : line;
    } else if (char === '"' || char === "'") {
      const prefix = /[A-Za-z]*$/.exec(source.slice(Math.max(0, at - 2), at));
      at = stringEnd(source, at, prefix?.[0] ?? '').at;
    } else {
      at++;
    }
  }
  return at;
}

/** Where a format specification ends, its field's brace included. */
function specEnd(source: string, at: number, end: string): number {
  while (at < source.length) {
    if (
      source.startsWith(end, at) ||
      (source[at] === '\n' && end.length === 1)
    ) {
      return at;
    } else if (source[at] === '}') {
      return at + 1;
    } else if (source[at] === '{') {
      at = fieldEnd(source, at + 1, end);
    } else {
      at++;
    }
  }
  return at;
}
