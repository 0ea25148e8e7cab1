import { importsOf } from '../analysis/imports';
import { perCell } from '../analysis/memo';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { secretsIn } from '../analysis/secrets';
import type { ISecret } from '../analysis/secrets';
import { children } from '../python/tree';
import type { IFix } from '../types';
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

/** A literal that is the whole value of a name becomes a look into the environment. */
function fromEnvironment(
  { code }: INotebookAnalysis,
  cell: ICodeCell,
  { name, range }: ISecret
): IFix | undefined {
  const node = cell.tree.resolve(range.from, 1);
  const isLiteral =
    node.name === 'String' && node.from === range.from && node.to === range.to;
  const around = node.parent?.name ?? '';
  if (
    !name ||
    !isLiteral ||
    cell.magic ||
    !/^(?:AssignStatement|ArgList|DictionaryExpression)$/.test(around)
  ) {
    return undefined;
  }
  const start = firstStatement(cell);
  const lineEnd = cell.source.includes('\r\n') ? '\r\n' : '\n';
  const variable = name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
  const isImported = code.some(
    other =>
      other.index <= cell.index &&
      importsOf(other).some(
        ({ module, names, isDeferred, from }) =>
          module === 'os' &&
          names.length === 0 &&
          !isDeferred &&
          (other.index < cell.index || from < range.from)
      )
  );
  return {
    title: `Read it from the environment variable ${variable}`,
    safe: false,
    edits: () => [
      ...(isImported
        ? []
        : [
            {
              kind: 'replace' as const,
              cellIndex: cell.index,
              range: { from: start, to: start },
              insert: `import os${lineEnd}`
            }
          ]),
      {
        kind: 'replace',
        cellIndex: cell.index,
        range,
        insert: `os.environ["${variable}"]`
      }
    ]
  };
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
