import { linksOf } from '../analysis/link';
import type { IMissing } from '../analysis/link';
import type { INotebookAnalysis } from '../analysis/notebook';
import type { Places } from '../analysis/places';
import { servingOf } from '../analysis/serving';
import type { IFinding, IRule } from './rule';
import { cellName, pathText } from './text';

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
        const { cell, event, isLate, isSure } = missing;
        // Code that need not run may be meant for another Python; what a function does not reach does not matter.
        const mayPass = isLate || !isSure;
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

/** Findings about globals that predictions need for sure, and that are among `places` behind the last cell. */
export function* servedFindings(
  notebook: INotebookAnalysis,
  places: Places,
  describe: (name: string, cell: string, needs: string) => string
): Iterable<IFinding> {
  for (const served of servingOf(notebook).globals.values()) {
    const { name, use } = served;
    const { from, to, isConditional, isGuarded } = use.event;
    const place = places.get(name);
    if (place && !isConditional && !isGuarded) {
      const needs = `${pathText(served.path)} needs it for each prediction`;
      yield {
        message: describe(name, cellName(place.cell.index), needs),
        cellIndex: use.cell.index,
        range: { from, to }
      };
    }
  }
}
