import type { SyntaxNode } from '@lezer/common';

import type { ICodeCell } from '../analysis/notebook';
import { declareImports } from '../fixes/imports-cell';
import { assignmentOf } from '../python/tree';
import type { IRange } from '../types';
import type { IRule } from './rule';
import { REQUIREMENTS_EXAMPLE } from './text';

export const requirementsMissing: IRule = {
  code: 'SLP101',
  name: 'requirements-missing',
  severity: 'error',
  summary: 'No cell declares `requirements` at its top level.',
  *check(notebook) {
    const { code, requirements } = notebook;
    if (requirements.declarations.length > 0) {
      return;
    }
    const fixes = [declareImports(notebook)];
    for (const cell of code) {
      const range = nested(cell);
      if (range) {
        yield {
          message:
            'Only a `requirements` at the top level of a cell counts, because it is read without running the notebook. Move this one out of its block.',
          cellIndex: cell.index,
          range,
          fixes
        };
        return;
      }
    }
    yield {
      message: `No cell declares \`requirements\`. Add one such as ${REQUIREMENTS_EXAMPLE}; \`requirements = []\` if the notebook needs no package.`,
      fixes
    };
  }
};

/** Where a declaration hides in a block. */
function nested({ tree, source }: ICodeCell): IRange | undefined {
  if (!/\brequirements\b/.test(source)) {
    return undefined;
  }
  let found: SyntaxNode | undefined;
  tree.iterate({
    enter: cursor => {
      if (cursor.name === 'AssignStatement' && !found) {
        found = assignmentOf(cursor.node)
          .targets.flat()
          .find(({ from, to }) => source.slice(from, to) === 'requirements');
      }
      return !found;
    }
  });
  return found && { from: found.from, to: found.to };
}
