import type { IRule } from './rule';

export const cellNotRead: IRule = {
  code: 'SLP210',
  name: 'cell-not-read',
  severity: 'hint',
  summary: 'A cell is too long, or nested too deeply, to be read.',
  *check({ code }) {
    for (const { index, isUnread } of code) {
      if (isUnread) {
        yield {
          message:
            'This cell is too long, or nested too deeply, to be read while you type, so nothing in it is checked. Keep data in a file beside the notebook.',
          cellIndex: index
        };
      }
    }
  }
};
