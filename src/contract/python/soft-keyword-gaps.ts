/**
 * Bridges for the statements whose keywords are names elsewhere: `match`, `case`, `type`, and Python 2's `print`.
 */

import { CLOSING, OPENING } from './brackets';
import type { IBridges } from './grammar-gaps';
import type { IToken } from './lexer';

const SOFT_KEYWORDS = new Set(['match', 'case', 'type', 'print']);

const OPERATOR_WORDS = new Set(['if', 'in', 'is', 'and', 'or', 'not']);

/** `match` takes any expression, several too; the grammar takes one without operators of logic. */
export function matchSubject(
  tokens: IToken[],
  { patches, walruses }: IBridges
): void {
  if (!isMatch(tokens)) {
    return;
  }
  const whole = tokens.slice(1, -1).filter(({ depth }) => depth === 0);
  const lambda = whole.findIndex(({ text }) => text === 'lambda');
  const subject = lambda < 0 ? whole : whole.slice(0, lambda);
  if (lambda >= 0) {
    // It takes all that follows. No number, text or name is one, so that none of these is read into it.
    const { from } = whole[lambda];
    patches.push({
      from,
      text: '0'.padEnd(tokens[tokens.length - 1].from - from)
    });
  }
  subject.forEach(({ kind, text, from }, index) => {
    if (text === ':=') {
      walruses.add(subject[index - 1].from);
    }
    if (text === ',') {
      patches.push({ from, text: index === subject.length - 1 ? ' ' : '+' });
    } else if (
      text === '*' &&
      (index === 0 || subject[index - 1].text === ',')
    ) {
      patches.push({ from, text: ' ' });
    } else if (kind === 'operator' && /^([<>]=?|[=!]=|:=)$/.test(text)) {
      patches.push({ from, text: '+'.padEnd(text.length) });
    } else if (kind === 'name' && /^(and|or|in|is|if|else)$/.test(text)) {
      patches.push({ from, text: '+'.padEnd(text.length) });
    } else if (text === 'not') {
      patches.push({ from, text: index === 0 ? '  -' : '  +' });
    }
  });
}

function isMatch(tokens: IToken[], index = 0): boolean {
  const last = tokens[tokens.length - 1];
  return (
    tokens[index].text === 'match' &&
    tokens.length > index + 2 &&
    last.text === ':' &&
    last.depth === 0 &&
    tokens[index + 1].text !== '='
  );
}

/** `match`, `case`, `type` and `print` are ordinary names unless their statement shows otherwise. */
export function softKeywords(tokens: IToken[], { patches }: IBridges): void {
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1];
    const begins =
      !previous ||
      (previous.depth === 0 &&
        (previous.text === ';' || previous.text === ':'));
    if (begins && SOFT_KEYWORDS.has(token.text) && isPlainName(tokens, index)) {
      patches.push({
        from: token.from,
        text: `_${token.text.slice(1)}`
      });
    }
  });
}

function isPlainName(tokens: IToken[], index: number): boolean {
  const next = tokens[index + 1];
  switch (tokens[index].text) {
    case 'match':
      return !isMatch(tokens, index);
    case 'case':
      return (
        !next ||
        /^([=.,:]|.+=)$/.test(next.text) ||
        !tokens.some(
          ({ text, depth }, at) => at >= index && text === ':' && depth === 0
        )
      );
    case 'type':
      return (
        next?.kind !== 'name' ||
        OPERATOR_WORDS.has(next.text) ||
        !/^[=[]$/.test(tokens[index + 2]?.text ?? '')
      );
    case 'print':
      return (
        !next ||
        (next.kind === 'operator' && !/^([{~]|\.\.\.)$/.test(next.text)) ||
        OPERATOR_WORDS.has(next.text)
      );
    default:
      return false;
  }
}

/** `case str():`, which as an attribute of the class uses the same name and binds none; empty `[]`, `()`, `{}`. */
export function patterns(tokens: IToken[], { patches }: IBridges): void {
  if (tokens[0].text !== 'case') {
    return;
  }
  const keys = dottedKeys(tokens);
  tokens.forEach(({ kind, text, from }, index) => {
    const closing = tokens[index + 1];
    if (kind === 'string' && tokens[index - 1].kind === 'string') {
      // Adjacent strings are one, here too.
      patches.push({ from, text: ' '.repeat(text.length) });
    } else if (text === '.' && keys[index + 1]) {
      // Of a dotted key, its first name matters.
      patches.push({ from, text: ' '.repeat(closing.to - from) });
    } else if (OPENING.test(text) && CLOSING.test(closing?.text ?? '')) {
      const isClass = tokens[index - 1].kind === 'name' && index > 1;
      const length = closing.to - from;
      patches.push({
        from,
        text: isClass ? '._'.padEnd(length) : '0'.padStart(length)
      });
    }
  });
}

/** For each token, whether the rest of a dotted name and a colon stand there, within brackets. */
function dottedKeys(tokens: IToken[]): boolean[] {
  const keys: boolean[] = [];
  let isKey = false;
  for (let index = tokens.length - 1; index >= 0; index--) {
    const { kind, text, depth } = tokens[index];
    if (kind !== 'name' && text !== '.') {
      isKey = text === ':' && depth > 0;
    }
    keys[index] = isKey;
  }
  return keys;
}
