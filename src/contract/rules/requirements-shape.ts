import { pairFixes } from '../fixes/requirement-repairs';
import { listFixes } from '../fixes/requirements-shape';
import { faultCheck } from './requirement-faults';
import type { IRule } from './rule';
import { readLine } from '../requirements/lines';
import { entryText } from '../fixes/requirements-text';
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
        : `Entry ${fault.position} of \`requirements\`, ${quote(fault.text)}, is not a [name, version] pair. Write it as ${pairFor(fault.text)}.`,
    (fault, notebook) =>
      fault.kind === 'notList'
        ? listFixes(notebook)
        : pairFixes(notebook, fault.range)
  )
};

/** How an entry would be written; an example where it cannot be read. */
function pairFor(text: string): string {
  const line = readLine(text.replace(/^[[(\s]*['"]|['"][\])\s,]*$/g, ''));
  return line
    ? quote(entryText([line.name, line.version ?? '…']))
    : '`["numpy", "1.26.4"]`';
}
