import { analyseNotebook } from './analysis/notebook';
import { rules } from './rules';
import type { IFinding, IRule } from './rules';
import type { ICell, ILintOptions, INotebookSource, IProblem } from './types';

/** All problems of a notebook: those of the whole notebook first, then in document order. Pure; never throws. */
export function lintNotebook(
  source: INotebookSource,
  options: ILintOptions = {}
): IProblem[] {
  const notebook = analyseNotebook(source);
  const problems: IProblem[] = [];
  for (const rule of rules) {
    // The cells of another language mean nothing to the other rules.
    if (!notebook.isPython && rule.code !== 'SLP100') {
      continue;
    }
    if (!options.disabled?.includes(rule.code)) {
      for (const finding of rule.check(notebook)) {
        problems.push(asProblem(rule, finding, source.cells));
      }
    }
  }
  return problems.sort(
    (a, b) =>
      (a.cellIndex ?? -1) - (b.cellIndex ?? -1) ||
      (a.range?.from ?? -1) - (b.range?.from ?? -1)
  );
}

function asProblem(
  { code, severity }: IRule,
  { cellIndex, ...finding }: IFinding,
  cells: ReadonlyArray<ICell>
): IProblem {
  const place =
    cellIndex === undefined ? {} : { cellIndex, cellId: cells[cellIndex].id };
  return { code, severity, ...finding, ...place };
}
