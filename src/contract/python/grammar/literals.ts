import { lex } from '../lexer';
import type { IToken } from '../lexer';
import { StringScanner } from '../strings';
import type { IFormattedParts } from '../strings';
import { short, TokenCursor } from './cursor';

const DIGITS = '\\d(?:_?\\d)*';
const NUMBER = new RegExp(
  `^(?:0[xX](?:_?[\\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|` +
    `(?:(?:${DIGITS})?\\.${DIGITS}|${DIGITS}\\.?)(?:[eE][+-]?${DIGITS})?[jJ]?)$`
);
/** An integer with zeros before it, as octal ones were once. */
const OLD_OCTAL = /^0[\d_]*[1-9][\d_]*$/;

/** What may stand right behind a number. */
const BEHIND_NUMBER = new Set('and else for if in is not or'.split(' '));

/** Characters that Python may know and this engine may not. */
const UNASSIGNED = /\p{Cn}/u;
const IDENTIFIER = /^[\p{XID_Start}_][\p{XID_Continue}]*$/u;
const INVISIBLE = /[\p{Cf}\p{Cc}\p{Zs}\p{Zl}\p{Zp}]/u;

const ESCAPE =
  /\\(?:x([\da-fA-F]{0,2})|u([\da-fA-F]{0,4})|U([\da-fA-F]{0,8})|N(\{[^}]*\}?)?|[^])/g;

/** Reads strings, numbers and names, whose tokens the lexer takes as they come. */
export abstract class LiteralParser extends TokenCursor {
  /** Reads an expression, or several, in a field of a string. */
  protected abstract field(): void;

  /** A string, or several that are one. */
  protected strings(): void {
    const first = this.token;
    const kind = kindOf(first.text);
    while (this.token.kind === 'string') {
      const { token } = this;
      if (kindOf(token.text) !== kind) {
        this.fail(
          kind === 't' || kindOf(token.text) === 't'
            ? 'A template string joins no other string. Put an operator between them.'
            : 'Bytes and text cannot be joined. Make both of them bytes, or both text.',
          first.from,
          token.to
        );
      }
      this.string(token);
      this.next();
    }
  }

  private string(token: IToken): void {
    const { text, from } = token;
    if (text[0] === '"' || text[0] === "'") {
      if (text.includes('\\')) {
        this.escapes(text, from, false);
      }
      return;
    }
    const quote = text.search(/['"]/);
    const prefix = text.slice(0, quote).toLowerCase();
    const isRaw = prefix.includes('r');
    if (/[ft]/.test(prefix)) {
      if (text.includes('{') || text.includes('}')) {
        this.formatted(token, quote, isRaw);
      } else if (!isRaw && text.includes('\\')) {
        this.escapes(text, from, false);
      }
      return;
    }
    const isBytes = prefix.includes('b');
    if (isBytes) {
      const other = /[^\0-\x7f]/.exec(text);
      if (other) {
        this.fail(
          'Bytes in source have ASCII characters only. Escape the others, or encode a string.',
          from + other.index,
          from + other.index + 1
        );
      }
    }
    if (!isRaw && text.includes('\\')) {
      this.escapes(text, from, isBytes);
    }
  }

  private escapes(text: string, offset: number, isBytes: boolean): void {
    for (const match of text.matchAll(ESCAPE)) {
      const [whole, x, u, long, name] = match;
      const isWrong = isBytes
        ? x !== undefined && x.length < 2
        : (x !== undefined && x.length < 2) ||
          (u !== undefined && u.length < 4) ||
          (long !== undefined &&
            (long.length < 8 || parseInt(long, 16) > 0x10ffff)) ||
          (whole.startsWith('\\N') && !/^\{[^{}]+\}$/.test(name ?? ''));
      if (isWrong) {
        const from = offset + match.index;
        this.fail(
          `\`${short(whole.slice(0, 2))}\` begins an escape that is not complete. If the backslash is meant, as in a path, write it twice, or put an \`r\` before the string.`,
          from,
          from + Math.min(2, whole.length)
        );
      }
    }
  }

  private formatted(token: IToken, quote: number, isRaw: boolean): void {
    const { text, from } = token;
    const parts: IFormattedParts = { texts: [], fields: [] };
    new StringScanner(text).end(quote, text.slice(0, quote), parts);
    for (const { from: start, to } of parts.texts) {
      const part = text.slice(start, to);
      if (!isRaw && part.includes('\\')) {
        // A backslash keeps no brace.
        this.escapes(part.replace(/\\$/, ' '), from + start, false);
      }
      this.loneBrace(part, from + start, isRaw);
    }
    for (const field of parts.fields) {
      if (!field.isClosed) {
        this.fail(
          'This field of the string is never closed. Close it, or write the brace twice.',
          from + field.from - 1,
          from + field.to
        );
      }
      this.replacement(
        text.slice(field.from, field.to),
        from + field.from,
        field.hasFormat
      );
    }
  }

  private loneBrace(text: string, offset: number, isRaw: boolean): void {
    if (!text.includes('}')) {
      return;
    }
    const plain = isRaw
      ? text
      : text.replace(/\\N\{[^}]*\}/g, name => ' '.repeat(name.length));
    const lone = plain.replace(/\}\}/g, '  ').indexOf('}');
    if (lone >= 0) {
      this.fail(
        'This `}` closes no field of the string. Write it twice, or remove it.',
        offset + lone,
        offset + lone + 1
      );
    }
  }

  private replacement(text: string, from: number, hasFormat: boolean): void {
    const { lines } = lex(`(${text}\n)`);
    const tokens = lines.flatMap(line => line.tokens).slice(1, -1);
    for (const token of tokens) {
      token.from += from - 1;
      token.to += from - 1;
      token.depth--;
    }
    const last = tokens[tokens.length - 1];
    let end = tokens.findIndex(
      ({ kind, text: each, depth }) =>
        kind === 'operator' && each === '!' && depth === 0
    );
    if (end >= 0) {
      const conversion = tokens[end + 1];
      if (
        tokens.length !== end + 2 ||
        !/^[rsa]$/.test(conversion.text) ||
        conversion.from !== tokens[end].to
      ) {
        this.fail(
          'Behind the `!` of a field stands `r`, `s` or `a`. Correct it.',
          tokens[end].from,
          last.to
        );
      }
    } else {
      end = tokens.length;
    }
    if (end > 0 && tokens[end - 1].text === '=') {
      end--;
    }
    if (end === 0) {
      this.fail(
        'This field of the string has no expression. Write one, or write the brace twice.',
        from - 1,
        from + text.length + (hasFormat ? 0 : 1)
      );
    }
    const { tokens: outer, at, hasMagic, hasLoop } = this;
    this.begin(tokens.slice(0, end), false);
    this.hasLoop ||= hasLoop;
    this.field();
    if (!this.isAtEnd) {
      this.failHere();
    }
    this.tokens = outer;
    this.hasMagic = hasMagic;
    this.hasLoop = hasLoop;
    this.moveTo(at);
  }

  protected number(): void {
    const { token } = this;
    const next = this.tokens[this.at + 1];
    // The form of Python 2 has a message of its own.
    if (!NUMBER.test(token.text) && !OLD_OCTAL.test(token.text)) {
      this.fail(
        `\`${short(token.text)}\` is no number. Correct it.`,
        token.from,
        token.to
      );
    }
    if (
      next?.from === token.to &&
      (next.kind === 'number' ||
        (next.kind === 'name' && !BEHIND_NUMBER.has(next.text)))
    ) {
      this.fail(
        `\`${short(token.text + next.text)}\` is neither a number nor a name. Correct it.`,
        token.from,
        next.to
      );
    }
    this.next();
  }

  /** Says so where a name has a character that none can have. */
  protected identifier({ text, from }: IToken): void {
    if (this.isAscii || UNASSIGNED.test(text) || IDENTIFIER.test(text)) {
      return;
    }
    let at = from;
    let before = '';
    for (const char of text) {
      if (!IDENTIFIER.test(before + char)) {
        const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
        const shown = INVISIBLE.test(char)
          ? `an invisible character, U+${code.padStart(4, '0')}`
          : `\`${char}\``;
        this.fail(
          `A name cannot have ${shown}. Remove it.`,
          at,
          at + char.length
        );
      }
      before = 'a';
      at += char.length;
    }
  }

  /** `__debug__` is a constant. */
  protected noDebug({ text, from, to }: IToken): void {
    if (text === '__debug__') {
      this.fail('`__debug__` cannot be given a value.', from, to);
    }
  }
}

/** Strings of one kind can stand side by side. */
function kindOf(text: string): 'b' | 't' | '' {
  if (text[0] === '"' || text[0] === "'") {
    return '';
  }
  const prefix = /^[A-Za-z]*/.exec(text)?.[0].toLowerCase() ?? '';
  return prefix.includes('b') ? 'b' : prefix.includes('t') ? 't' : '';
}
