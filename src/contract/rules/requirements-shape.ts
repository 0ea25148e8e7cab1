import { pairFixes } from '../fixes/requirement-repairs';
import { listFixes } from '../fixes/requirements-shape';
import { faultCheck } from './requirement-faults';
import type { IRule } from './rule';
import { quote, REQUIREMENTS_EXAMPLE } from './text';

export const requirementsShape: IRule = {
  code: 'SLP104',
  name: 'requirements-shape',
  severity: 'error',
  summary: '`requirements` is not a list of [name, version] pairs.',
  check: faultCheck(
    ['notList', 'notPair'],
    fault =>
      fault.kind === 'notList'
        ? `\`requirements\` is not a list but ${quote(fault.text)}. Write it as ${REQUIREMENTS_EXAMPLE}.`
        : `Entry ${fault.position} of \`requirements\`, ${quote(fault.text)}, is not a [name, version] pair. Write it as \`["numpy", "1.26.4"]\`.`,
    (fault, notebook) =>
      fault.kind === 'notList'
        ? listFixes(notebook)
        : pairFixes(notebook, fault.range)
  )
};
