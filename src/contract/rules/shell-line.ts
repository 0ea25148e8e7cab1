import { shellLinesOf } from '../analysis/shell-lines';
import type { IRule } from './rule';
import { quote } from './text';

export const shellLine: IRule = {
  code: 'SLP302',
  name: 'shell-line',
  severity: 'hint',
  summary: 'A cell runs a program in a shell.',
  *check({ code }) {
    for (const cell of code) {
      const { magic, source, index: cellIndex } = cell;
      const lines = shellLinesOf(cell).filter(
        ({ isActive, installations }) => isActive && installations.length === 0
      );
      if (magic && lines.some(({ kind }) => kind === 'cell')) {
        yield {
          message: `The programs that this cell runs are those of the machine that runs it, which a deployment may not have. Do it in Python where you can.`,
          cellIndex,
          range: { from: source.search(/\S/), to: magic.to }
        };
        continue;
      }
      for (const { from, to } of lines) {
        yield {
          message: `${quote(source.slice(from, to), 40)} runs in a shell: if it fails, the cell goes on, and another machine may lack the program. Do it in Python where the notebook needs it.`,
          cellIndex,
          range: { from, to }
        };
      }
    }
  }
};
