import type { SyntaxNode } from '@lezer/common';

import { importsOf } from '../analysis/imports';
import { perCell } from '../analysis/memo';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { secretsIn } from '../analysis/secrets';
import type { ISecret } from '../analysis/secrets';
import { removeStatement } from '../fixes/remove-statement';
import { children } from '../python/tree';
import type { ICellEdit, IFix } from '../types';
import type { IRule } from './rule';

const secretsOf = perCell(({ source }) => secretsIn(source));

export const secretInSource: IRule = {
  code: 'SLP308',
  name: 'secret-in-source',
  severity: 'warning',
  summary: 'A key, a token or a password stands in a cell.',
  *check(notebook) {
    for (const cell of notebook.code) {
      for (const secret of secretsOf(cell)) {
        const fix = fromEnvironment(notebook, cell, secret);
        yield {
          // What is found is not repeated: messages are logged and shown.
          message: `This looks like ${secret.what}, and everyone who gets the notebook gets it. Withdraw it, and read a new one from an environment variable.`,
          cellIndex: cell.index,
          range: secret.range,
          fixes: fix ? [fix] : undefined
        };
      }
    }
  }
};

/** A literal that is a secret as a whole becomes a look into the environment. */
function fromEnvironment(
  notebook: INotebookAnalysis,
  cell: ICodeCell,
  { name, range, what }: ISecret
): IFix | undefined {
  const node = cell.tree.resolve(range.from, 1);
  const text = cell.source.slice(node.from, node.to);
  const inner = /^[ru]?('''|"""|['"])([^]*)\1$/i.exec(text)?.[2];
  const secret = cell.source.slice(range.from, range.to);
  const isWhole =
    node.name === 'String' && (inner === secret || text === secret);
  const around = node.parent?.name ?? '';
  if (
    !isWhole ||
    cell.magic ||
    !/^(?:AssignStatement|ArgList|DictionaryExpression)$/.test(around)
  ) {
    return undefined;
  }
  const given = environmentSet(node, cell);
  if (given) {
    const edits = removeStatement(cell, given.statement);
    return edits.length > 0
      ? {
          title: `Remove the line, and set ${given.variable} in the environment`,
          safe: false,
          note: noteOn(given.variable),
          edits: () => edits
        }
      : undefined;
  }
  const variable = variableFor(name ?? nameOf(node, cell) ?? nounOf(what));
  return {
    title: `Read it from the environment variable ${variable}`,
    safe: false,
    note: noteOn(variable),
    edits: () => [
      ...importOs(notebook, cell, range.from),
      {
        kind: 'replace',
        cellIndex: cell.index,
        range: { from: node.from, to: node.to },
        insert: `os.environ["${variable}"]`
      }
    ]
  };
}

/** Builds see no variable of the server unless it is named. */
function noteOn(variable: string): string {
  return `Set ${variable} where the server of JupyterLab runs, and name it in the settings of Slipway, under Environment variables for cells (\`--env ${variable}\` on the command line): otherwise the build does not see it.`;
}

/** The statement `os.environ["NAME"] = "…"`: a look into the environment would give what it sets. */
function environmentSet(
  literal: SyntaxNode,
  { source }: ICodeCell
): { variable: string; statement: SyntaxNode } | undefined {
  const statement = literal.parent;
  const [target, operator, value, ...more] = statement
    ? children(statement)
    : [];
  const match =
    statement?.name === 'AssignStatement' &&
    operator?.name === 'AssignOp' &&
    value?.from === literal.from &&
    more.length === 0
      ? /^(?:os\.)?environ\[\s*['"](\w+)['"]\s*\]$/.exec(
          source.slice(target.from, target.to)
        )
      : null;
  return match && statement ? { variable: match[1], statement } : undefined;
}

/** What a literal is given to: a name, an attribute, a keyword or a key. */
function nameOf(
  literal: SyntaxNode,
  { source }: ICodeCell
): string | undefined {
  const sign = literal.prevSibling;
  const isGiven = sign && /^(?:AssignOp|:)$/.test(sign.name);
  const before = isGiven ? sign.prevSibling : null;
  const target = before?.name === 'TypeDef' ? before.prevSibling : before;
  const text = target ? source.slice(target.from, target.to) : '';
  return /(\w+)['"\]]*$/.exec(text)?.[1];
}

/** `a GitHub token` is looked for as GITHUB_TOKEN. */
function nounOf(what: string): string {
  return what.replace(/^an? /, '').replace(/\W+/g, '_').toUpperCase();
}

function variableFor(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
}

/** The import that the module needs, unless a line above has it. */
function importOs(
  { code }: INotebookAnalysis,
  cell: ICodeCell,
  before: number
): ICellEdit[] {
  const isImported = code.some(
    other =>
      other.index <= cell.index &&
      importsOf(other).some(
        ({ module, names, isDeferred, from }) =>
          module === 'os' &&
          names.length === 0 &&
          !isDeferred &&
          (other.index < cell.index || from < before)
      )
  );
  const start = firstStatement(cell);
  const lineEnd = cell.source.includes('\r\n') ? '\r\n' : '\n';
  return isImported
    ? []
    : [
        {
          kind: 'replace',
          cellIndex: cell.index,
          range: { from: start, to: start },
          insert: `import os${lineEnd}`
        }
      ];
}

/** Where code may begin: what a cell says of itself, and of the future, stands before everything else. */
function firstStatement({ tree, source }: ICodeCell): number {
  let start = 0;
  for (const statement of children(tree.topNode)) {
    const text = source.slice(statement.from, statement.to);
    const isFirst =
      /^from\s+__future__\b/.test(text) ||
      (statement.name === 'ExpressionStatement' &&
        /String$/.test(statement.firstChild?.name ?? ''));
    const end = source.indexOf('\n', statement.to);
    if (!isFirst || end < 0) {
      break;
    }
    start = end + 1;
  }
  return start;
}
