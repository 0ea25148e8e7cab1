import { versionFixes } from '../fixes/requirement-repairs';
import { faultCheck } from './requirement-faults';
import type { IRule } from './rule';
import { quote } from './text';

export const requirementVersion: IRule = {
  code: 'SLP106',
  name: 'requirement-version',
  severity: 'error',
  summary: 'A requirement has neither a version nor a specifier.',
  check: faultCheck(
    ['version'],
    fault => {
      const advice = fault.isNumber
        ? `Write it in quotes: \`"${fault.text}"\`.`
        : 'Write a version such as `"1.26.4"`, or a specifier such as `">=1.26,<3"` or `"1.26.*"`.';
      return `${quote(fault.text)} is no version of ${quote(fault.package)}. ${advice}`;
    },
    ({ range }, notebook) => versionFixes(notebook, range)
  )
};
