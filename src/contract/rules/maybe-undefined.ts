import { linksOf } from '../analysis/link';
import { servingOf } from '../analysis/serving';
import { missingCheck } from './missing-names';
import type { IRule } from './rule';
import { cellName, pathText } from './text';

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
    const { uncertain } = linksOf(notebook);
    for (const { name, use, path } of servingOf(notebook).globals.values()) {
      const definition = uncertain.get(name);
      const { isConditional, isGuarded } = use.event;
      if (definition && !isConditional && !isGuarded) {
        yield {
          message: `\`${name}\` has a value only in a branch of ${cellName(definition.cell.index)}, but ${pathText(path)} needs it for each prediction. Give it one in every case.`,
          cellIndex: use.cell.index,
          range: { from: use.event.from, to: use.event.to }
        };
      }
    }
  }
};
