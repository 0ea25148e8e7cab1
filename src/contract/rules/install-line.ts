import type { SyntaxNode } from '@lezer/common';

import { argumentsOf, callFinder } from '../analysis/calls';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { shellLinesOf } from '../analysis/shell-lines';
import type { IShellLine } from '../analysis/shell-lines';
import { removeInstallLine } from '../fixes/install-line';
import type { IInstallLineFix } from '../fixes/install-line';
import { commandsOf, installationOf } from '../python/shell';
import type { ICommand, IInstallation } from '../python/shell';
import { children } from '../python/tree';
import type { IFix } from '../types';
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
            range: { from, to },
            fixes: callFixes(notebook, cell, call.node, isFirst)
          };
          isFirst = false;
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
    message: messageOf(kind, program, fix),
    cellIndex: cell.index,
    range: { from, to },
    fixes: fix ? [fix.fix] : undefined
  };
}

/** For a call that stands alone and says outright what it runs. */
function callFixes(
  notebook: INotebookAnalysis,
  cell: ICodeCell,
  call: SyntaxNode,
  isFirst: boolean
): IFix[] | undefined {
  const statement = call.parent;
  const commands = commandsIn(call, cell);
  const installations = commands.flatMap(
    command => installationOf(command) ?? []
  );
  if (
    statement?.name !== 'ExpressionStatement' ||
    statement.parent?.name !== 'Script' ||
    installations.length === 0
  ) {
    return undefined;
  }
  const { from, to } = statement;
  const code = { from, to, kind: 'call' as const, commands, installations };
  const made = removeInstallLine(notebook, cell, code, isFirst);
  return made && [made.fix];
}

/** What a call runs, where its first argument is a text or a list of texts. */
function commandsIn(call: SyntaxNode, cell: ICodeCell): ICommand[] {
  const { source } = cell;
  const [first] = argumentsOf(call, cell).positional;
  const textOf = (node: SyntaxNode) =>
    /^(?:sys\.)?executable$/.test(source.slice(node.from, node.to))
      ? '{sys.executable}'
      : node.name === 'String'
        ? /^[ru]?(['"])([^\\]*)\1$/i.exec(source.slice(node.from, node.to))?.[2]
        : undefined;
  if (first?.name !== 'ArrayExpression') {
    return first ? commandsOf(textOf(first) ?? '') : [];
  }
  const words = children(first)
    .slice(1, -1)
    .filter(({ name }) => name !== ',')
    .map(textOf);
  return words.every((word): word is string => word !== undefined)
    ? [{ words, isRedirected: false }]
    : [];
}

function messageOf(
  kind: IInstallation['kind'],
  program: string,
  fix: IInstallLineFix | undefined
): string {
  if (kind === 'system') {
    return `A deployment installs no programs of the system, so \`${program}\` does nothing for the service. Use a package of \`requirements\` that brings what is needed, and remove this line.`;
  }
  const [other] = fix?.differing ?? [];
  if (other) {
    const { name, here, declared } = other;
    return `\`${program}\` installs nothing in a deployment: the service gets ${quote(`${name}${declared}`)}, as \`requirements\` has it, and not ${quote(`${name}${here}`)} as here. Correct the list if this line is right, and remove it.`;
  }
  return fix?.isDeclared
    ? `\`${program}\` installs nothing in a deployment, and \`requirements\` brings the packages already. Remove this line.`
    : `\`${program}\` installs nothing in a deployment: only \`requirements\` brings packages. Declare them there, and remove this line.`;
}
