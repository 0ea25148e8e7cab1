import type { IToken } from '../lexer';
import type { IComprehension, IScope } from './context';
import { Fault } from './fault';
import type { ISyntaxFault, PythonVersion } from './fault';

export const KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from ' +
    'global if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' ')
);

const NOTHING: IToken = {
  kind: 'operator',
  text: '',
  from: -1,
  to: -1,
  depth: 0
};

/** Walks over the tokens of one logical line at a time. */
export class TokenCursor {
  constructor(
    protected readonly source: string,
    scope: IScope,
    /** Faults that only some versions have. */
    readonly conditional: ISyntaxFault[] = []
  ) {
    this.scope = scope;
    this.isAscii = /^[\0-\x7f]*$/.test(source);
  }

  /** Begins a line; `hasMagic`: whether IPython's own text stands behind its last token. */
  protected begin(tokens: ReadonlyArray<IToken>, hasMagic: boolean): void {
    this.tokens = tokens;
    this.hasMagic = hasMagic;
    this.hasLoop = false;
    for (const { text } of tokens) {
      if (text === 'for') {
        this.hasLoop = true;
        break;
      }
    }
    this.at = 0;
    this.token = tokens[0] ?? NOTHING;
    this.text = this.token.kind === 'string' ? '' : this.token.text;
  }

  protected next(): void {
    this.moveTo(this.at + 1);
  }

  protected moveTo(at: number): void {
    this.at = at;
    this.token = this.tokens[at] ?? NOTHING;
    // No string is an operator or a keyword.
    this.text = this.token.kind === 'string' ? '' : this.token.text;
  }

  protected get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The text of the token that is `ahead`. */
  protected peek(ahead = 1): string {
    const token = this.tokens[this.at + ahead];
    return !token || token.kind === 'string' ? '' : token.text;
  }

  protected skip(text: string): boolean {
    if (this.text === text) {
      this.next();
      return true;
    }
    return false;
  }

  protected expect(text: string): void {
    if (this.text !== text) {
      this.failHere(text);
    }
    this.next();
  }

  protected get isName(): boolean {
    return this.token.kind === 'name' && !KEYWORDS.has(this.text);
  }

  /** Takes a name that is no keyword. */
  protected name(): IToken {
    const { token } = this;
    if (!this.isName) {
      this.failHere();
    }
    this.next();
    return token;
  }

  /** Says that the current token does not fit, or that the line ends too early. */
  protected failHere(wanted = ''): never {
    const { tokens, token, at } = this;
    const last = tokens[Math.min(at, tokens.length) - 1] ?? NOTHING;
    if (at >= tokens.length) {
      const { from, to } = last;
      throw new Fault({
        from: Math.max(0, from),
        to: Math.max(0, to),
        message: wanted
          ? `The statement ends too early: a \`${wanted}\` is missing. Complete it.`
          : 'The statement ends too early. Complete it.'
      });
    }
    const text = short(token.text);
    const message = KEYWORDS.has(token.text)
      ? `\`${text}\` is a word of Python's own and cannot stand here. Correct the statement.`
      : `This is not valid Python at \`${text}\`. Correct the statement.`;
    throw new Fault({ from: token.from, to: token.to, message });
  }

  protected fail(message: string, from: number, to: number): never {
    throw new Fault({ from, to, message });
  }

  /** Says that a statement, or a `yield`, stands outside of where it belongs. */
  protected misplaced(
    { text, from, to }: IToken,
    belongs: 'function' | 'loop'
  ): never {
    return this.fail(
      `\`${text}\` stands outside of a ${belongs}. Move it into one, or remove it.`,
      from,
      to
    );
  }

  /** From the token at a position up to the one before the current one. */
  protected failFrom(start: number, message: string): never {
    const first = this.tokens[start];
    const last = this.tokens[Math.max(start, this.at - 1)] ?? first;
    return this.fail(message, first.from, last.to);
  }

  /** Something that versions before `until` do not take. */
  protected since(
    until: PythonVersion,
    message: string,
    from: number,
    to: number
  ): void {
    this.conditional.push({ from, to, message, until });
  }

  /** Whether no name needs a closer look. */
  protected readonly isAscii: boolean;
  protected tokens: ReadonlyArray<IToken> = [];
  protected hasMagic = false;
  /** Whether a comprehension may stand in the line. */
  protected hasLoop = false;
  protected at = 0;
  protected token: IToken = NOTHING;
  protected text = '';
  protected scope: IScope;
  /** The comprehensions around, the innermost last. */
  protected comprehensions: IComprehension[] = [];
  /** How many iterables of comprehensions are around. */
  protected iterables = 0;
}

export function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 30 ? `${line.slice(0, 29)}…` : line;
}
