import { linksOf } from '../analysis/link';
import { missingCheck, servedFindings } from './missing-names';
import type { IRule } from './rule';
import { cellName } from './text';

const check = missingCheck('maybe', ({ cell, event, other }) => {
  const where =
    other && other.cell.index !== cell.index
      ? `in a branch of ${cellName(other.cell.index)}`
      : 'in a branch above';
  return {
    message: `\`${event.name}\` has a value only ${where}. Give it one in every case.`
  };
});

export const maybeUndefined: IRule = {
  code: 'SLP206',
  name: 'maybe-undefined',
  severity: 'warning',
  summary: 'A name is defined only inside a branch.',
  *check(notebook) {
    yield* check(notebook);
    yield* servedFindings(
      notebook,
      linksOf(notebook).uncertain,
      (name, cell, needs) =>
        `\`${name}\` has a value only in a branch of ${cell}, but ${needs}. Give it one in every case.`
    );
  }
};
