import type { ILexicalError, ILogicalLine } from './lexer';

/** The first form of Python 2 that the grammar lets pass. */
export function python2Error(
  lines: ReadonlyArray<ILogicalLine>
): ILexicalError | undefined {
  for (const { tokens } of lines) {
    const isRaise = tokens[0].text === 'raise';
    for (const { kind, text, from, to, depth } of tokens) {
      if (kind === 'operator' && text === '<>') {
        return { kind: 'unequal', from, to };
      } else if (kind === 'number' && /^0[\d_]*[1-9][\d_]*$/.test(text)) {
        return { kind: 'octal', from, to };
      } else if (isRaise && text === ',' && depth === 0) {
        return { kind: 'raise', from: tokens[0].from, to: tokens[0].to };
      }
    }
  }
  return undefined;
}
