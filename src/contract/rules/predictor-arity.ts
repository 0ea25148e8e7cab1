import { arityCheck } from './arity';
import type { IRule } from './rule';

export const predictorArity: IRule = {
  code: 'SLP112',
  name: 'predictor-arity',
  severity: 'error',
  summary: '`predictor` cannot be called with exactly one argument.',
  check: arityCheck('predictor')
};
