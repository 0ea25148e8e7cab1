import { arityCheck } from './arity';
import type { IRule } from './rule';

export const validatorArity: IRule = {
  code: 'SLP121',
  name: 'validator-arity',
  severity: 'error',
  summary: '`validator` cannot be called with exactly one argument.',
  check: arityCheck('validator')
};
