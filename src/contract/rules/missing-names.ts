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
    for (const each of linksOf(notebook).missing) {
      if (each.why === why) {
        const missing = sharpened(each, notebook);
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

/** What a function of the contract needs itself is missed by each call: as bad as if it were when the cell runs. */
function sharpened(missing: IMissing, notebook: INotebookAnalysis): IMissing {
  const { name } = missing.event;
  const served =
    missing.isLate && missing.why === 'nowhere'
      ? servingOf(notebook).globals.get(name)
      : undefined;
  return served?.need &&
    served.isDirect &&
    served.isSure &&
    !served.definition &&
    served.need.cell.index === missing.cell.index
    ? { ...missing, event: served.need.event, isLate: false, isSure: true }
    : missing;
}

/** Findings about globals that predictions need, and that are among `places` behind the last cell. */
export function* servedFindings(
  notebook: INotebookAnalysis,
  places: Places,
  describe: (name: string, cell: string, needs: string) => string
): Iterable<IFinding> {
  for (const served of servingOf(notebook).globals.values()) {
    const { name, need, isSure } = served;
    const place = places.get(name);
    if (place && need) {
      const { from, to } = need.event;
      const needs = `${pathText(served.path)} needs it for each prediction`;
      yield {
        ...(isSure ? {} : { severity: 'warning' }),
        message: describe(name, cellName(place.cell.index), needs),
        cellIndex: need.cell.index,
        range: { from, to }
      };
    }
  }
}
