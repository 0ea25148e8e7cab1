import { repeatedFixes } from '../fixes/requirement-repairs';
import { entriesOf, entryAt } from '../fixes/requirement-entries';
import type { INotebookAnalysis } from '../analysis/notebook';
import { normaliseName } from '../requirements/pep508';
import type { IRange } from '../types';
import { conflictBetween } from './requirement-conflict';
import { faultCheck } from './requirement-faults';
import type { IRule } from './rule';
import { quote } from './text';

export const requirementRepeated: IRule = {
  code: 'SLP107',
  name: 'requirement-repeated',
  severity: 'error',
  summary: 'The same package is required twice.',
  check: faultCheck(
    ['repeated'],
    ({ text, first, range }, notebook) => {
      const both =
        text === first
          ? `${quote(text)} is listed twice`
          : `${quote(text)} and ${quote(first)} are the same package`;
      const conflict = conflictOf(notebook, range);
      return conflict
        ? `${both}, and no version ${conflict}; keep one.`
        : `${both}; keep one.`;
    },
    ({ range }, notebook) => repeatedFixes(notebook, range)
  )
};

/** What no version does that this entry and the first of the same package ask for together. */
function conflictOf(
  notebook: INotebookAnalysis,
  range: IRange
): string | undefined {
  const { list, entries, first } = entriesOf(notebook);
  const own = list && entries[entryAt(list, range)];
  const other = entries[first.get(normaliseName(own?.name ?? '')) ?? -1];
  return list && own?.specifier && other?.specifier
    ? conflictBetween(list.cell, `${other.specifier},${own.specifier}`)
    : undefined;
}
