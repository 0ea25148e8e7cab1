import { faultCheck } from './requirement-faults';
import type { IRule } from './rule';
import { quote } from './text';

export const requirementRepeated: IRule = {
  code: 'SLP107',
  name: 'requirement-repeated',
  severity: 'error',
  summary: 'The same package is required twice.',
  check: faultCheck(['repeated'], ({ text, first }) =>
    text === first
      ? `${quote(text)} is listed twice; keep one.`
      : `${quote(text)} and ${quote(first)} are the same package; keep one.`
  )
};
