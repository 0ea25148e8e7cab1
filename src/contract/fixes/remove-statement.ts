import type { ICodeCell } from '../analysis/notebook';
import type { ICellEdit, IRange } from '../types';

/** Removes a statement with its line, if the line has nothing else on it but a comment. */
export function removeStatement(
  { index: cellIndex, source }: ICodeCell,
  { from, to }: IRange
): ICellEdit[] {
  // The tree counts the end of the line among the statement.
  const end = from + source.slice(from, to).trimEnd().length;
  const before = /(?:^|[\r\n])([ \t]*)$/.exec(source.slice(0, from));
  const after = /^[ \t]*(?:#.*)?(?:\r\n|\r|\n|$)/.exec(source.slice(end));
  if (!before || !after) {
    return [];
  }
  const range = { from: from - before[1].length, to: end + after[0].length };
  return [{ kind: 'replace', cellIndex, range, insert: '' }];
}
