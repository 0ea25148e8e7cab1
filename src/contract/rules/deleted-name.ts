import { isKnownName } from '../analysis/known-names';
import { linksOf } from '../analysis/link';
import { servingOf } from '../analysis/serving';
import { missingCheck } from './missing-names';
import type { IRule } from './rule';
import { cellName, pathText } from './text';

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
    const { gone } = linksOf(notebook);
    for (const { name, use, path } of servingOf(notebook).globals.values()) {
      const deletion = gone.get(name);
      if (deletion && !isKnownName(name)) {
        yield {
          message: `\`${name}\` is deleted in ${cellName(deletion.cell.index)}, but ${pathText(path)} needs it for each prediction. Do not delete it.`,
          cellIndex: use.cell.index,
          range: { from: use.event.from, to: use.event.to }
        };
      }
    }
  }
};
