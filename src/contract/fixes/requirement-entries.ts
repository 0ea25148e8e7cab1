/** Reads single entries of `requirements`, whatever else is wrong with the list. */

import { perNotebook } from '../analysis/memo';
import type { Literal } from '../python/literals';
import { readSpecifier } from '../requirements/pep440';
import { normaliseName, readName } from '../requirements/pep508';
import type { IRange } from '../types';
import { lastListOf } from './requirements-list';
import type { IEntry, IRequirementsList } from './requirements-list';

export interface IReadEntry {
  /** As written, extras included; undefined where it is none. */
  name?: string;
  /** Undefined where the version is none. */
  specifier?: string;
  /** What stands in the version's place. */
  version?: Literal;
}

export function readEntry({ literal }: IEntry): IReadEntry {
  if (literal.kind !== 'sequence' || literal.items.length !== 2) {
    return {};
  }
  const [first, version] = literal.items;
  return {
    name: first.kind === 'string' ? readName(first.value) : undefined,
    specifier:
      version.kind === 'string' ? readSpecifier(version.value) : undefined,
    version
  };
}

/** The position of the entry that has a place in it; -1 where none has. */
export function entryAt(
  { entries }: IRequirementsList,
  { from, to }: IRange
): number {
  return entries.findIndex(({ node }) => node.from <= from && to <= node.to);
}

/** The entries of the list that counts, each read, and the first of each package by its normalised name. */
export const entriesOf = perNotebook(notebook => {
  const list = lastListOf(notebook);
  const entries = list?.entries.map(readEntry) ?? [];
  const first = new Map<string, number>();
  entries.forEach(({ name }, index) => {
    const normalised = normaliseName(name ?? '');
    if (name !== undefined && !first.has(normalised)) {
      first.set(normalised, index);
    }
  });
  return { list, entries, first };
});
