import { perCell } from '../analysis/memo';
import type { ICodeCell } from '../analysis/notebook';
import { misplacedStatement } from '../python/misplaced';
import type { IRange } from '../types';
import type { IRule } from './rule';
import { quote } from './text';

export const syntaxError: IRule = {
  code: 'SLP201',
  name: 'syntax-error',
  severity: 'error',
  summary: 'A cell is not valid Python.',
  *check({ code }) {
    for (const cell of code) {
      const { fault } = faultOf(cell);
      if (fault) {
        yield { ...fault, cellIndex: cell.index };
      }
    }
  }
};

const faultOf = perCell(cell => ({ fault: describe(cell) }));

/** The first fault of a cell: those behind it are mostly its consequence. */
function describe(
  cell: ICodeCell
): { message: string; range: IRange } | undefined {
  const { source, lexicalError, error } = cell;
  if (lexicalError) {
    const { kind, from, to } = lexicalError;
    const text = quote(source.slice(from, to), 30);
    const message = {
      unclosed: `This ${text} is never closed. Close it, or remove it.`,
      unmatched: `This ${text} closes nothing that is open. Remove it, or open its counterpart.`,
      string: `The string that begins with ${text} never ends. Close its quotes.`,
      indent:
        'This line is indented, and nothing above begins a block. Align it with the line above.',
      dedent:
        'The indentation of this line fits no block above. Align it with one of them.',
      block:
        'The line above begins a block, and this line is not in it. Indent it, or write `pass`.',
      tabs: 'This line is indented by tabs and spaces in another mixture than the lines around it. Use spaces only.',
      unequal: '`<>` is `!=` since Python 3. Replace it.',
      octal: `A number that begins with 0 is written ${quote(text.replace(/^0+/, '0o'))} since Python 3, if it is octal. Write it so, or without the 0.`,
      raise:
        'An exception takes its text in parentheses since Python 3. Write `raise ValueError("…")`.'
    }[kind];
    return { message, range: { from, to } };
  }
  if (!error) {
    return describeMisplaced(cell);
  }
  const range = wordAt(source, error.from, error.to);
  const text = source.slice(range.from, range.to).trim();
  if (/^print\b/.test(source.slice(range.from))) {
    return {
      message:
        '`print` is a function since Python 3. Put what it prints in parentheses.',
      range
    };
  }
  return {
    message: text
      ? `This is not valid Python at ${quote(text, 30)}. Correct the statement.`
      : 'The statement ends too early. Complete it.',
    range
  };
}

function describeMisplaced({
  source,
  inventory
}: ICodeCell): { message: string; range: IRange } | undefined {
  const misplaced = misplacedStatement(inventory.jumps);
  if (!misplaced) {
    return undefined;
  }
  const { from, to, belongs } = misplaced;
  const word = /^\w+/.exec(source.slice(from, to))?.[0] ?? '';
  return {
    message: `\`${word}\` stands outside of a ${belongs}. Move it into one, or remove it.`,
    range: { from, to: from + word.length }
  };
}

/** The word that a fault stands in or before, so that there is something to underline. */
function wordAt(source: string, from: number, to: number): IRange {
  if (to > from) {
    const text = source.slice(from, to).split('\n')[0];
    return { from, to: from + Math.max(1, text.trimEnd().length) };
  }
  const next = /^[ \t]*([\w\u0080-\uffff]+|[^\s\w])/.exec(
    source.slice(from, from + 200)
  );
  if (next) {
    const end = from + next[0].length;
    return { from: end - next[1].length, to: end };
  }
  const before = source.slice(0, from).trimEnd();
  const word = /([\w\u0080-\uffff]+|[^\s\w]|)$/.exec(before.slice(-200));
  return { from: before.length - (word?.[0].length ?? 0), to: before.length };
}
