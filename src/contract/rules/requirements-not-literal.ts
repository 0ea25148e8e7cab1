import { faultCheck } from './requirement-faults';
import type { IRule } from './rule';
import { quote, REQUIREMENTS_EXAMPLE } from './text';

export const requirementsNotLiteral: IRule = {
  code: 'SLP103',
  name: 'requirements-not-literal',
  severity: 'error',
  summary: '`requirements` is not one literal list.',
  check: faultCheck(
    ['notLiteral'],
    ({ text }) =>
      `\`requirements\` is read without running the notebook, so ${quote(text)} has no value there. Write one literal list such as ${REQUIREMENTS_EXAMPLE}: no names, calls, \`+\`, f-strings or later changes.`
  )
};
