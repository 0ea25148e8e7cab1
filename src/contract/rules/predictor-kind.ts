import { kindCheck } from './kind';
import type { IRule } from './rule';

export const predictorKind: IRule = {
  code: 'SLP114',
  name: 'predictor-kind',
  severity: 'error',
  summary: '`predictor` is asynchronous, a generator, a class or a mere value.',
  check: kindCheck('predictor')
};
