import { kindCheck } from './kind';
import type { IRule } from './rule';

export const validatorKind: IRule = {
  code: 'SLP123',
  name: 'validator-kind',
  severity: 'error',
  summary: '`validator` is asynchronous, a generator, a class or a mere value.',
  check: kindCheck('validator')
};
