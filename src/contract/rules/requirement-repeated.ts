import { repeatedFixes } from '../fixes/requirement-repairs';
import { entryAt, readEntry } from '../fixes/requirement-entries';
import { lastListOf } from '../fixes/requirements-list';
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
  const list = lastListOf(notebook);
  const entries = list?.entries.map(readEntry) ?? [];
  const own = list && entries[entryAt(list, range)];
  const first = entries.find(
    ({ name }) =>
      name !== undefined &&
      normaliseName(name) === normaliseName(own?.name ?? '')
  );
  return list && own?.specifier && first?.specifier
    ? conflictBetween(list.cell, `${first.specifier},${own.specifier}`)
    : undefined;
}
