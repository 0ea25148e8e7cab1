import { callFinder } from '../analysis/calls';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { shellLinesOf } from '../analysis/shell-lines';
import type { IShellLine } from '../analysis/shell-lines';
import { removeInstallLine } from '../fixes/install-line';
import type { IInstallation } from '../python/shell';
import type { IFinding, IRule } from './rule';
import { quote } from './text';

const findCalls = callFinder([
  'os.system',
  'os.popen',
  'pip.main',
  'pip._internal.main',
  'subprocess.run',
  'subprocess.call',
  'subprocess.check_call',
  'subprocess.check_output',
  'subprocess.Popen',
  'subprocess.getoutput',
  'get_ipython().system',
  'get_ipython().getoutput',
  'get_ipython().run_line_magic',
  'get_ipython().magic'
]);

const INSTALLING =
  /\b(?:pip3?|conda|mamba|uv|apt|apt-get)\b['",\s]*(?:-[\w-]+['",\s]+)*install\b|\bmain\s*\(\s*\[\s*['"]install/;

export const installLine: IRule = {
  code: 'SLP301',
  name: 'install-line',
  severity: 'warning',
  summary: 'A cell installs packages.',
  *check(notebook) {
    let isFirst = true;
    for (const cell of notebook.code) {
      for (const line of shellLinesOf(cell)) {
        const [installation] = line.installations;
        if (installation) {
          yield { ...lineFinding(notebook, cell, line, installation, isFirst) };
          isFirst = false;
        }
      }
      for (const { call } of findCalls(cell, notebook)) {
        const { from, to } = call.node;
        if (
          INSTALLING.test(cell.source.slice(from, Math.min(to, from + 2000)))
        ) {
          yield {
            message: `${quote(cell.source.slice(from, to), 40)} installs nothing in a deployment. Declare the packages in \`requirements\`, and remove this.`,
            cellIndex: cell.index,
            range: { from, to }
          };
        }
      }
    }
  }
};

function lineFinding(
  notebook: INotebookAnalysis,
  cell: ICodeCell,
  line: IShellLine,
  { kind, program }: IInstallation,
  isFirst: boolean
): IFinding {
  const fix = removeInstallLine(notebook, cell, line, isFirst);
  const { from, to } = line;
  return {
    message: messageOf(kind, program, fix?.isDeclared ?? false),
    cellIndex: cell.index,
    range: { from, to },
    fixes: fix ? [fix.fix] : undefined
  };
}

function messageOf(
  kind: IInstallation['kind'],
  program: string,
  isDeclared: boolean
): string {
  if (kind === 'system') {
    return `A deployment installs no programs of the system, so \`${program}\` does nothing for the service. Use a package of \`requirements\` that brings what is needed, and remove this line.`;
  }
  return isDeclared
    ? `\`${program}\` installs nothing in a deployment, and \`requirements\` brings the packages already. Remove this line.`
    : `\`${program}\` installs nothing in a deployment: only \`requirements\` brings packages. Declare them there, and remove this line.`;
}
