/** Strings and numbers that the grammar of `@lezer/python` does not know, respelled at equal length. */

import type { IPatch } from './grammar-gaps';
import type { IToken } from './lexer';

/**
 * Template strings (PEP 750) hold names as f-strings do. A backslash does not keep a brace of either from beginning
 * a field; and the text around the fields means nothing to the rules.
 */
export function formattedStrings(
  tokens: IToken[],
  { patches }: { patches: IPatch[] }
): void {
  for (const { kind, text, from } of tokens) {
    const prefix =
      kind === 'string' ? (/^[A-Za-z]+/.exec(text)?.[0] ?? '') : '';
    const template = prefix.search(/[tT]/);
    if (template >= 0) {
      patches.push({ from: from + template, text: 'f' });
    }
    if (/[fFtT]/.test(prefix)) {
      const pattern = /r/i.test(prefix) ? /\\(?=\{)/g : /\\(\{|[^])/g;
      for (const { 1: escaped, index } of text.matchAll(pattern)) {
        if (escaped === undefined || escaped === '{') {
          patches.push({ from: from + index, text: ' ' });
        }
      }
      patches.push(...fieldPatches(text, from));
      for (const match of text.matchAll(/(?<![\w.])\d+\.(?![\w.])/g)) {
        patches.push({
          from: from + match.index + match[0].length - 1,
          text: '0'
        });
      }
    }
  }
}

/** What the grammar takes for something else within fields. */
function fieldPatches(text: string, from: number): IPatch[] {
  const patches: IPatch[] = [];
  let isPlain = false;
  for (let at = text.indexOf('{'); at >= 0 && at < text.length; at++) {
    switch (text[at]) {
      case '{':
        isPlain = true;
        BARE_YIELD.lastIndex = at + 1;
        if (BARE_YIELD.test(text)) {
          patches.push({
            from: from + text.indexOf('yield', at),
            text: 'None '
          });
        }
        break;
      case '}':
      case '(':
      case ')':
      case '"':
      case "'":
        isPlain = false;
        break;
      case '=':
        // A format that begins with `=` is no walrus.
        if (isPlain && text[at - 1] === ':') {
          patches.push({ from: from + at, text: ' ' });
        }
    }
  }
  return patches;
}

const BARE_YIELD = /\s*yield(?=\s*[}!:=])/y;

/** A fraction without digits, as in `1.` and `1.e5`. */
export function numbers(
  tokens: IToken[],
  { patches }: { patches: IPatch[] }
): void {
  for (const { kind, text, from } of tokens) {
    const dot = kind === 'number' ? text.search(/\.(?!\d)/) : -1;
    if (dot >= 0) {
      patches.push({ from: from + dot, text: '0' });
    }
  }
}
