import type { INotebookAnalysis } from '../analysis/notebook';
import { pairFixes } from '../fixes/requirement-repairs';
import { linesDeclared, listFixes } from '../fixes/requirements-shape';
import { faultCheck } from './requirement-faults';
import type { IRule } from './rule';
import { readLine } from '../requirements/lines';
import type { IRequirementLine } from '../requirements/lines';
import { entryText } from '../fixes/requirements-text';
import { quote, REQUIREMENTS_EXAMPLE } from './text';

export const requirementsShape: IRule = {
  code: 'SLP104',
  name: 'requirements-shape',
  severity: 'error',
  summary: '`requirements` is not a list of [name, version] pairs.',
  check: faultCheck(
    ['notList', 'notPair'],
    (fault, notebook) =>
      fault.kind === 'notList'
        ? `\`requirements\` is not a list but ${quote(fault.text)}. Write it as ${listFor(notebook)}.`
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
  return line ? `\`${pairOf(line)}\`` : '`["numpy", "1.26.4"]`';
}

/** Likewise, of the whole list. */
function listFor(notebook: INotebookAnalysis): string {
  const pairs = linesDeclared(notebook).map(pairOf);
  return pairs.length
    ? `\`requirements = [${pairs.join(', ')}]\``
    : REQUIREMENTS_EXAMPLE;
}

function pairOf({ name, version }: IRequirementLine): string {
  return entryText([name, version ?? '…']);
}
