import { removeStatement } from '../fixes/remove-statement';
import { plainFix } from '../fixes/requirement-repairs';
import { assignmentOf } from '../python/tree';
import type { IDeclaration } from '../requirements/declaration';
import type { IFix } from '../types';
import type { IRule } from './rule';
import { cellName } from './text';

export const requirementsRepeated: IRule = {
  code: 'SLP102',
  name: 'requirements-repeated',
  severity: 'warning',
  summary: '`requirements` is declared more than once; the last one counts.',
  *check({ requirements: { declarations } }) {
    // Unpacking and later changes are no second declaration, but a fault of another rule.
    const whole = declarations.filter(({ value }) => value);
    const last = whole[whole.length - 1];
    for (const declaration of whole.slice(0, -1)) {
      const { cell, name } = declaration;
      const place =
        last.cell.index === cell.index
          ? 'further down in this cell'
          : `in ${cellName(last.cell.index)}`;
      yield {
        message: `\`requirements\` is declared again ${place}, and only the last one counts. Keep one.`,
        cellIndex: cell.index,
        range: { from: name.from, to: name.to },
        fixes: removalFixes(declaration)
      };
    }
  }
};

/** None where the statement does more than declare. */
function removalFixes({ cell, statement }: IDeclaration): IFix[] {
  const edits = removeStatement(cell, statement);
  const { targets } = assignmentOf(statement);
  return edits.length > 0 && targets.length === 1
    ? [plainFix('Remove this declaration', false, () => edits)]
    : [];
}
