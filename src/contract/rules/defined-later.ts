import { missingCheck } from './missing-names';
import type { IRule } from './rule';
import { cellName } from './text';

export const definedLater: IRule = {
  code: 'SLP204',
  name: 'defined-later',
  severity: 'error',
  summary: 'A name is used in a cell above the one that defines it.',
  check: missingCheck('later', ({ event: { name }, other }) => ({
    message: `\`${name}\` is used here, but defined only in ${other ? cellName(other.cell.index) : 'a later cell'}. Cells run from top to bottom: move the definition up.`
  }))
};
