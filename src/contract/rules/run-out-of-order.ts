import type { IRule } from './rule';
import { cellName } from './text';

export const runOutOfOrder: IRule = {
  code: 'SLP207',
  name: 'run-out-of-order',
  severity: 'hint',
  summary: 'The cells were last run in another order than they stand in.',
  *check({ cells, code }) {
    let last: { index: number; count: number } | undefined;
    for (const { index } of code) {
      const count = cells[index].executionCount;
      if (typeof count !== 'number') {
        continue;
      }
      if (last && count < last.count) {
        yield {
          message: `This cell was last run before ${cellName(last.index)}, which stands above it. A deployment runs the cells from top to bottom: run all of them again in a fresh kernel to see what it will see.`,
          cellIndex: index
        };
        // One place where the order breaks tells enough.
        return;
      }
      last = { index, count };
    }
  }
};
