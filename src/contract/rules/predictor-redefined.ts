import { redefinedCheck } from './redefined';
import type { IRule } from './rule';

export const predictorRedefined: IRule = {
  code: 'SLP113',
  name: 'predictor-redefined',
  severity: 'warning',
  summary: '`predictor` is defined more than once; the last one counts.',
  check: redefinedCheck('predictor')
};
