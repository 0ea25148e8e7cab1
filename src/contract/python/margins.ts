/** What IPython removes at the left of a cell before it reads it. Empty lines stand in: offsets stay, columns do not. */

import type { IRange } from '../types';

const CLASSIC = /^[ \t]*(?:>>>|\.\.\.)(?:[ \t]|$)/;
const NUMBERED = /^(?:In \[\d+\]: |[ \t]*\.{3,}: ?)/;

export interface IUnindented {
  text: string;
  /**
   * The first statement, where it is further in than others that are in no block of it: IPython takes the first
   * line's indentation off all lines that have it, up to its version 9, and later what all lines have.
   */
  uneven?: IRange;
}

/** A cell without the indentation of its first line, and without the prompts of an interactive session. */
export function unindented(source: string): IUnindented {
  const first = /\S.*/.exec(source);
  if (!first) {
    return { text: source };
  }
  const start = source.lastIndexOf('\n', first.index - 1) + 1;
  const margin = /^[ \t]*/.exec(source.slice(start, first.index))?.[0] ?? '';
  const lengthIn = (line: string) =>
    line.startsWith(margin) ? margin.length : 0;
  const text = margin === '' ? source : without(source, lengthIn);
  const prompt = [CLASSIC, NUMBERED].find(
    pattern => pattern.test(first[0]) && !first[0].startsWith('.')
  );
  return {
    text: prompt
      ? without(text, line => prompt.exec(line)?.[0].length ?? 0)
      : text,
    uneven: margin === '' ? undefined : unevenStart(source)
  };
}

function unevenStart(source: string): IRange | undefined {
  const [statement] = source.matchAll(/^([ \t]*)([^\s#].*)/gm);
  if (!statement || statement[1] === '') {
    return undefined;
  }
  const isEven = source
    .split('\n')
    .every(line => line.trim() === '' || line.startsWith(statement[1]));
  const from = statement.index + statement[1].length;
  return isEven
    ? undefined
    : { from, to: from + statement[2].trimEnd().length };
}

/** Empty lines in place of the beginnings of lines; spaces where a backslash takes a line for a part of the last one. */
function without(text: string, lengthIn: (line: string) => number): string {
  let isJoined = false;
  return text
    .split('\n')
    .map(line => {
      const length = Math.min(lengthIn(line), line.length);
      const filler = (isJoined ? ' ' : '\n').repeat(length);
      isJoined = /\\\r?$/.test(line);
      return filler + line.slice(length);
    })
    .join('\n');
}

/** Empty lines in place of everything up to `end`. */
export function emptied(source: string, end: number): string {
  return '\n'.repeat(end) + source.slice(end);
}
