import type { IRule } from './rule';

export const editedAfterRun: IRule = {
  code: 'SLP208',
  name: 'edited-after-run',
  severity: 'hint',
  summary: 'A cell was changed after its last run.',
  *check({ cells, code }) {
    for (const { index } of code) {
      const { isEdited, executionCount } = cells[index];
      if (isEdited && typeof executionCount === 'number') {
        yield {
          message:
            'This cell was changed after its last run, so what your kernel holds may differ from what a deployment makes. Run it again.',
          cellIndex: index
        };
      }
    }
  }
};
