import { NotebookAnalyser } from './analysis/notebook';
import { rules } from './rules';
import type { IFinding, IRule } from './rules';
import type { ICell, ILintOptions, INotebookSource, IProblem } from './types';

/**
 * Lints one notebook again and again, as it is edited. It remembers what it found in cells that stay as they are;
 * that changes how long it takes, never what comes out.
 */
export class NotebookLinter {
  /** All problems: those of the whole notebook first, then in document order. Pure; never throws. */
  lint(source: INotebookSource, options: ILintOptions = {}): IProblem[] {
    const notebook = this._analyser.analyse(source);
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

  private readonly _analyser = new NotebookAnalyser();
}

/** All problems of a notebook, as `NotebookLinter` finds them. */
export function lintNotebook(
  source: INotebookSource,
  options: ILintOptions = {}
): IProblem[] {
  return new NotebookLinter().lint(source, options);
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
