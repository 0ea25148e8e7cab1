import { perCell } from '../analysis/memo';
import type { ICodeCell } from '../analysis/notebook';
import { lastListOf } from '../fixes/requirements-list';
import { pinFixes } from '../fixes/requirement-repairs';
import { readEntry } from '../fixes/requirement-entries';
import { conflictIn } from '../requirements/specifiers';
import type { IRule } from './rule';
import { quote } from './text';

export const requirementConflict: IRule = {
  code: 'SLP108',
  name: 'requirement-conflict',
  severity: 'error',
  summary: 'A requirement asks for versions that exclude each other.',
  *check(notebook) {
    const list = lastListOf(notebook);
    for (const entry of list?.entries ?? []) {
      const { name, specifier, version } = readEntry(entry);
      const conflict =
        list && specifier && conflictBetween(list.cell, specifier);
      if (conflict && version && name !== undefined) {
        const { from, to } = version.node;
        yield {
          message: `No version of ${quote(name)} ${conflict}. Change or drop one of them.`,
          cellIndex: list.cell.index,
          range: { from, to },
          fixes: pinFixes(list, entry)
        };
      }
    }
  }
};

/** What no version does, in words; undefined where some version meets all of a specifier. */
export function conflictBetween(
  cell: ICodeCell,
  specifier: string
): string | undefined {
  const known = knownConflicts(cell);
  let words = known.get(specifier);
  if (words === undefined) {
    words = describe(specifier) ?? '';
    known.set(specifier, words);
  }
  return words || undefined;
}

/** It takes a while to tell that nothing meets a specifier: each is looked at once while its cell stays. */
const knownConflicts = perCell(() => new Map<string, string>());

function describe(specifier: string): string | undefined {
  const conflict = conflictIn(specifier);
  switch (conflict?.length) {
    case undefined:
      return undefined;
    case 1:
      return `meets ${quote(conflict?.[0].text ?? '')}`;
    case 2:
      return `meets both ${conflict?.map(({ text }) => quote(text)).join(' and ')}`;
    default:
      return `meets all of ${quote(specifier)}`;
  }
}
