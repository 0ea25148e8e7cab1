import { nameFixes } from '../fixes/requirement-repairs';
import { faultCheck } from './requirement-faults';
import type { IRule } from './rule';
import { quote } from './text';

export const requirementName: IRule = {
  code: 'SLP105',
  name: 'requirement-name',
  severity: 'error',
  summary: 'A requirement has no valid package name.',
  check: faultCheck(
    ['name'],
    ({ text }) =>
      `${quote(text)} is not the name of a package. A name has letters, digits, \`-\`, \`_\` and \`.\` only, and may have extras, as in \`uvicorn[standard]\`; options, URLs and paths do not belong here.`,
    ({ range }, notebook) => nameFixes(notebook, range)
  )
};
