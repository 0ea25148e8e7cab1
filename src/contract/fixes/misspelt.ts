/** Entries of `requirements` that name a module, or nearly a package, in place of the package that is meant. */

import { brings, importedPackages } from '../analysis/imported-packages';
import { perNotebook } from '../analysis/memo';
import type { INotebookAnalysis } from '../analysis/notebook';
import { NameGuesser } from '../analysis/nearest-name';
import { distributionOf, importNamesOf } from '../packages/modules';
import { normaliseName } from '../requirements/pep508';
import type { IFix, IRange } from '../types';
import { plainFix } from './requirement-repairs';
import {
  lastListOf,
  namesIn,
  nameOf,
  removeEntry,
  replacement
} from './requirements-list';
import type { IEntry, IRequirementsList } from './requirements-list';

export interface IMisspeltEntry {
  /** As written, without extras. */
  name: string;
  /** The package that is meant. */
  meant: string;
  /** Whether the name is that of a module of the package. */
  isModule: boolean;
  cellIndex: number;
  range: IRange;
  fixes: IFix[];
}

export const misspeltEntries = perNotebook(
  (notebook): ReadonlyArray<IMisspeltEntry> => {
    const list = lastListOf(notebook);
    return list ? entriesIn(list, notebook) : [];
  }
);

function entriesIn(
  list: IRequirementsList,
  notebook: INotebookAnalysis
): IMisspeltEntry[] {
  const declared = namesIn(list);
  const guess = guesserFor(notebook, declared);
  return list.entries.flatMap((entry, index) => {
    const name = nameOf(entry)?.replace(/\[.*$/, '');
    // What is known is meant as it is.
    if (!name || importNamesOf(name).length > 0) {
      return [];
    }
    const module = distributionOf(name);
    const meant = module ?? guess(name);
    if (!meant || normaliseName(meant) === normaliseName(name)) {
      return [];
    }
    const { from, to } = nameNode(entry);
    return [
      {
        name,
        meant,
        isModule: module !== undefined,
        cellIndex: list.cell.index,
        range: { from, to },
        fixes: declared.has(normaliseName(meant))
          ? [
              plainFix(`Remove ${name} from requirements`, false, () =>
                removeEntry(list, index)
              )
            ]
          : [rename(list, entry, name, meant, module !== undefined)]
      }
    ];
  });
}

/** Names of packages, or of their modules, that cells import and nothing in the list brings. */
function guesserFor(
  notebook: INotebookAnalysis,
  declared: ReadonlySet<string>
): (name: string) => string | undefined {
  const meant = new Map<string, string>();
  for (const found of importedPackages(notebook).packages) {
    const { distribution, module, isKnown } = found;
    if (isKnown && ![...declared].some(name => brings(name, found))) {
      meant.set(distribution.toLowerCase(), distribution);
      meant.set(module.split('.')[0].toLowerCase(), distribution);
    }
  }
  const guesser = new NameGuesser(meant.keys());
  return name =>
    meant.get(name.toLowerCase()) ??
    meant.get(guesser.nearest(name.toLowerCase()) ?? '');
}

function nameNode({ literal, node }: IEntry) {
  return literal.kind === 'sequence' ? literal.items[0].node : node;
}

function rename(
  { cell }: IRequirementsList,
  entry: IEntry,
  name: string,
  meant: string,
  safe: boolean
): IFix {
  const node = nameNode(entry);
  const text = cell.source.slice(node.from, node.to);
  return plainFix(`Write ${meant}`, safe, () => [
    replacement(cell, node, text.replace(name, meant))
  ]);
}
