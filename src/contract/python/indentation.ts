import type { ILexed, ILexicalError } from './lexer';

/** The first line that is not indented as Python wants it. The grammar takes most of them. */
export function indentationError(
  text: string,
  { lines, magics }: ILexed
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
  const blocks: IColumns[] = [{ column: 0, narrow: 0 }];
  let opens = false;
  for (const { from, to, opens: next } of starts) {
    const own = columnsOf(text, from);
    const current = blocks[blocks.length - 1];
    if (opens && own.column <= current.column) {
      return { kind: 'block', from, to };
    } else if (opens) {
      blocks.push(own);
    } else if (own.column > current.column) {
      return { kind: 'indent', from, to };
    }
    while (blocks[blocks.length - 1].column > own.column) {
      blocks.pop();
    }
    const around = blocks[blocks.length - 1];
    if (around.column !== own.column) {
      return { kind: 'dedent', from, to };
    } else if (
      around.narrow !== own.narrow ||
      (opens && own.narrow <= current.narrow)
    ) {
      return { kind: 'tabs', from, to };
    }
    opens = next;
  }
  return undefined;
}

interface IColumns {
  /** With tabs as wide as Python takes them. */
  column: number;
  /** With tabs as wide as a space: where the two tell different blocks, Python takes neither. */
  narrow: number;
}

/** The columns of a line's first token. */
function columnsOf(text: string, at: number): IColumns {
  let column = 0;
  let narrow = 0;
  for (let index = text.lastIndexOf('\n', at - 1) + 1; index < at; index++) {
    const char = text[index];
    narrow = char === '\f' ? 0 : narrow + 1;
    if (char === '\t') {
      column += 8 - (column % 8);
    } else {
      column = char === '\f' ? 0 : column + 1;
    }
  }
  return { column, narrow };
}
