import { linksOf } from '../analysis/link';
import type { IMissing } from '../analysis/link';
import type { INotebookAnalysis } from '../analysis/notebook';
import type { IFinding, IRule } from './rule';

/** The check of a rule about uses of names that find no value for one reason. */
export function missingCheck(
  why: IMissing['why'],
  describe: (
    missing: IMissing,
    notebook: INotebookAnalysis
  ) => Pick<IFinding, 'message' | 'fixes'>
): IRule['check'] {
  return function* (notebook): Iterable<IFinding> {
    for (const missing of linksOf(notebook).missing) {
      if (missing.why === why) {
        const { cell, event, isLate } = missing;
        // Code that need not run may be meant for another Python; what a function does not reach does not matter.
        const mayPass = isLate || event.isConditional;
        yield {
          ...(mayPass ? { severity: 'warning' } : {}),
          ...describe(missing, notebook),
          cellIndex: cell.index,
          range: { from: event.from, to: event.to }
        };
      }
    }
  };
}
