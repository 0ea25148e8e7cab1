import { linksOf } from '../analysis/link';
import { missingCheck, servedFindings } from './missing-names';
import type { IRule } from './rule';
import { cellName } from './text';

const check = missingCheck('deleted', ({ cell, event, other }) => {
  const where =
    other && other.cell.index !== cell.index
      ? `in ${cellName(other.cell.index)}`
      : 'above in this cell';
  return {
    message: `\`${event.name}\` is deleted ${where} and used here. Delete it later, or not at all.`
  };
});

export const deletedName: IRule = {
  code: 'SLP205',
  name: 'deleted-name',
  severity: 'error',
  summary: 'A name is used after its deletion.',
  *check(notebook) {
    yield* check(notebook);
    yield* servedFindings(
      notebook,
      linksOf(notebook).gone,
      (name, cell, needs) =>
        `\`${name}\` is deleted in ${cell}, but ${needs}. Do not delete it.`
    );
  }
};
