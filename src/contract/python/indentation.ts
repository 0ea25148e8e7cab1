import type { ILexed, ILexicalError } from './lexer';

/** The first line that is not indented as Python wants it. The grammar takes most of them. */
export function indentationError(
  text: string,
  { lines, magics }: ILexed,
  mayBeIndented: boolean
): ILexicalError | undefined {
  const starts = [
    ...lines.map(({ tokens }) => {
      const last = tokens[tokens.length - 1];
      const { from, to } = tokens[0];
      return { from, to, opens: last.text === ':' && last.depth === 0 };
    }),
    ...magics
      .filter(({ kind }) => kind === 'line')
      .map(({ from, to }) => ({ from, to, opens: false }))
  ].sort((a, b) => a.from - b.from);
  const first = starts[0] && mayBeIndented ? columnOf(text, starts[0].from) : 0;
  const blocks = [first];
  let opens = false;
  for (const { from, to, opens: next } of starts) {
    const column = columnOf(text, from);
    const current = blocks[blocks.length - 1];
    if (opens && column <= current) {
      return { kind: 'block', from, to };
    } else if (opens) {
      blocks.push(column);
    } else if (column > current) {
      return { kind: 'indent', from, to };
    }
    while (blocks[blocks.length - 1] > column) {
      blocks.pop();
    }
    if (blocks[blocks.length - 1] !== column) {
      return { kind: 'dedent', from, to };
    }
    opens = next;
  }
  return undefined;
}

/** The column of a line's first token, with tabs as wide as Python takes them. */
function columnOf(text: string, at: number): number {
  let column = 0;
  for (let index = text.lastIndexOf('\n', at - 1) + 1; index < at; index++) {
    const char = text[index];
    if (char === '\t') {
      column += 8 - (column % 8);
    } else {
      column = char === '\f' ? 0 : column + 1;
    }
  }
  return column;
}
