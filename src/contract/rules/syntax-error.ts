import { perCell } from '../analysis/memo';
import type { ICodeCell } from '../analysis/notebook';
import { isBefore } from '../python/grammar/fault';
import type { PythonVersion } from '../python/grammar/fault';
import type { IRange } from '../types';
import type { IRule } from './rule';
import { quote } from './text';

export const syntaxError: IRule = {
  code: 'SLP201',
  name: 'syntax-error',
  severity: 'error',
  summary: 'A cell is not valid Python.',
  *check({ code, version }) {
    for (const cell of code) {
      const { lexical, grammatical } = messagesOf(cell);
      const found = lexical ?? faultOf(cell, version, grammatical);
      if (found) {
        yield { ...found, cellIndex: cell.index };
      } else if (cell.uneven) {
        yield {
          severity: 'warning',
          message:
            'This line is further in than others that are in no block. Older versions of IPython take it; newer ones do not. Align all lines.',
          range: cell.uneven,
          cellIndex: cell.index
        };
      }
    }
  }
};

interface IFound {
  message: string;
  range: IRange;
}

const messagesOf = perCell(cell => ({
  lexical: describeLexical(cell),
  grammatical: describeError(cell)
}));

/** The first fault of a cell: those behind it are mostly its consequence. */
function faultOf(
  { source, faults }: ICodeCell,
  version: PythonVersion | undefined,
  grammatical: IFound | undefined
): IFound | undefined {
  // What the grammar does not know, though Python does, is no fault.
  const fault = faults.find(
    ({ until }) => !until || (version && isBefore(version, until))
  );
  if (!fault) {
    return undefined;
  } else if (
    version &&
    isBefore(version, [3, 7]) &&
    /\ba(?:sync|wait)\b/.test(source)
  ) {
    // These were ordinary names.
    return grammatical;
  }
  const { message, from, to } = fault;
  return grammatical && grammatical.range.from <= to
    ? grammatical
    : { message, range: { from, to } };
}

function describeLexical({
  source,
  lexicalError
}: ICodeCell): IFound | undefined {
  if (!lexicalError) {
    return undefined;
  }
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

function describeError({ source, error }: ICodeCell): IFound | undefined {
  if (!error) {
    return undefined;
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
