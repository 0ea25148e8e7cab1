import type { IRule } from './rule';

export const lastRunFailed: IRule = {
  code: 'SLP209',
  name: 'last-run-failed',
  severity: 'hint',
  summary: 'The last run of a cell ended in an error.',
  *check({ cells, code }) {
    for (const { index } of code) {
      if (cells[index].hasFailed && !cells[index].isEdited) {
        yield {
          message:
            'The last run of this cell ended in an error, and a deployment would end there, too. Mend it and run it again.',
          cellIndex: index
        };
      }
    }
  }
};
