import { predictorFixes } from '../fixes/skeletons';
import { nestedCheck } from './nested';
import type { IRule } from './rule';

export const predictorNested: IRule = {
  code: 'SLP115',
  name: 'predictor-nested',
  severity: 'error',
  summary: '`predictor` is defined only inside a function or a class.',
  check: nestedCheck('predictor', undefined, predictorFixes)
};
