/**
 * Splits a cell into logical lines and their tokens, IPython's own lines set apart.
 *
 * The grammar needs it for two things: to find magics before it sees them (their text is not Python, not
 * even as tokens), and to bridge the few forms that it does not know.
 */

import { StringScanner } from './strings';
import type { IStretch } from './strings';

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
  /** Line breaks and comments within fields of strings that go over no lines themselves. */
  gaps: ReadonlyArray<IStretch>;
  /** The first such field: it is one since Python 3.12. */
  longField?: IStretch;
  /** The most brackets that are open at once. */
  depth: number;
  error?: ILexicalError;
}

const NUMBER =
  /0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?[jJ]?/y;
const STRING_PREFIX = /^(?:[rR]?[fFtTbB]?|[fFtTbB][rR]|[uU])$/;
const LONG_OPERATOR =
  /\*\*=|\/\/=|>>=|<<=|\.\.\.|!=|->|:=|==|<=|>=|<>|\+=|-=|\*=|\/=|%=|@=|&=|\|=|\^=|\*\*|\/\/|<<|>>|[^]/y;

/** What a line ends in that asks for help on a name, a pattern of names, or what has an integer for its index. */
const HELP =
  /(?:[^\W\d]|\*|[\u0080-\uffff]|\w\[-?\d+\])\d*(?:\[-?\d+\])*\?\??$/;
const SHORT_STRINGS = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g;

// Kinds of characters.
const [NAME, DIGIT, SPACE, BREAK, BACKSLASH, HASH, QUOTE] = Array(8).keys();

/** Those of ASCII; all others may be part of a name. */
const CHARS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  return [
    /[A-Za-z_]/,
    /\d/,
    /[ \t\f]/,
    /\n/,
    /\\/,
    /#/,
    /["']/,
    /[^]/
  ].findIndex(pattern => pattern.test(char));
});

function kindAt(source: string, at: number): number {
  const code = source.charCodeAt(at);
  return code < 128 ? CHARS[code] : NAME;
}

/** What an operator of more than one character has for its second. */
const LONG_SECOND = new Set('=*/<>.');

const CLOSING: { [opening: string]: string } = { '(': ')', '[': ']', '{': '}' };

export function lex(source: string): ILexed {
  return new Lexer(source).run();
}

class Lexer {
  constructor(private readonly _source: string) {
    this._strings = new StringScanner(_source);
    this._hasHelp = _source.includes('?');
    this._result = {
      lines: [],
      magics: [],
      joints: [],
      gaps: this._strings.gaps,
      depth: 0
    };
  }

  run(): ILexed {
    const source = this._source;
    while (this._at < source.length) {
      if (this._tokens.length === 0 && this._open.length === 0) {
        if (this._skipMagicLine()) {
          continue;
        }
      }
      if (this._at < source.length) {
        this._step();
      }
    }
    this._endLine();
    if (this._open.length > 0) {
      const { from, to } = this._open[this._open.length - 1];
      this._fail('unclosed', from, to);
    }
    this._result.longField = this._strings.longField;
    return this._result;
  }

  private _step(): void {
    const source = this._source;
    switch (kindAt(source, this._at)) {
      case SPACE:
        this._at++;
        break;
      case NAME:
        this._name();
        break;
      case DIGIT:
        this._push('number', this._match(NUMBER));
        break;
      case BREAK:
        if (this._open.length === 0) {
          this._endLine();
        }
        this._at++;
        break;
      case QUOTE:
        this._string(this._at, '');
        break;
      case HASH:
        this._at = this._lineEnd();
        break;
      case BACKSLASH:
        if (source[this._at + 1] === '\n') {
          this._result.joints.push(this._at);
          this._at += 2;
        } else {
          this._push('operator', '\\');
        }
        break;
      default:
        if (
          source[this._at] === '.' &&
          kindAt(source, this._at + 1) === DIGIT
        ) {
          this._push('number', this._match(NUMBER));
        } else {
          this._operator();
        }
    }
  }

  private _name(): void {
    const source = this._source;
    const from = this._at;
    let to = from + 1;
    while (to < source.length && kindAt(source, to) <= DIGIT) {
      to++;
    }
    const name = source.slice(from, to);
    if (
      to - from <= 2 &&
      kindAt(source, to) === QUOTE &&
      STRING_PREFIX.test(name)
    ) {
      this._at = to;
      this._string(from, name);
    } else {
      this._push('name', name);
    }
  }

  private _operator(): void {
    const source = this._source;
    const from = this._at;
    const char = source[from];
    switch (char) {
      case '(':
      case '[':
      case '{':
        this._push('operator', char);
        this._open.push({ text: char, from, to: from + 1 });
        this._result.depth = Math.max(this._result.depth, this._open.length);
        return;
      case ')':
      case ']':
      case '}': {
        const opening = this._open.pop();
        if (!opening || CLOSING[opening.text] !== char) {
          this._fail('unmatched', from, from + 1);
        }
        this._push('operator', char);
        return;
      }
      case ',':
        this._push('operator', char);
        return;
    }
    // Most operators have one character.
    const isLong = LONG_SECOND.has(source[from + 1]);
    const text = isLong ? this._match(LONG_OPERATOR) : char;
    this._push('operator', text);
    if (text === '=' && this._open.length === 0) {
      this._skipMagicValue();
    }
  }

  /** Consumes a string whose quotes begin at the current place. */
  private _string(from: number, prefix: string): void {
    const end = this._strings.end(this._at, prefix);
    this._at = from;
    this._push('string', this._source.slice(from, end.at));
    if (!end.closed) {
      this._fail('string', from, Math.min(this._lineEnd(from), end.at));
    }
  }

  private _skipMagicLine(): boolean {
    const at = this._firstBehindSpaces();
    switch (this._source[at]) {
      // Magics, shell lines, help, and the three escapes of IPython's autocall.
      case '%':
      case '!':
      case '?':
      case ',':
      case ';':
      case '/':
        break;
      default:
        if (!this._hasHelp || !this._isHelp(at)) {
          // Not to be asked again for each of the spaces.
          this._at = at;
          return false;
        }
    }
    this._skipMagic('line', at);
    return true;
  }

  private _firstBehindSpaces(): number {
    let at = this._at;
    while (this._source[at] === ' ' || this._source[at] === '\t') {
      at++;
    }
    return at;
  }

  /** Whether a line is `name?` or the like; `?` means nothing to Python, strings and comments aside. */
  private _isHelp(at: number): boolean {
    const line = this._source.slice(at, this._lineEnd(at));
    if (!line.includes('?')) {
      return false;
    }
    const code = line.replace(SHORT_STRINGS, '_').trimEnd();
    return (
      code.endsWith('?') && !/['"#]/.test(code) && HELP.test(code.slice(-80))
    );
  }

  private _skipMagicValue(): void {
    const at = this._firstBehindSpaces();
    if (this._source[at] === '%' || this._source[at] === '!') {
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
  private readonly _strings: StringScanner;
  private readonly _hasHelp: boolean;
  private readonly _result: ILexed;
}
