import { redefinedCheck } from './redefined';
import type { IRule } from './rule';

export const validatorRedefined: IRule = {
  code: 'SLP122',
  name: 'validator-redefined',
  severity: 'warning',
  summary: '`validator` is defined more than once; the last one counts.',
  check: redefinedCheck('validator')
};
