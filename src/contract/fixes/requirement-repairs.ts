/** Repairs of single entries of `requirements`. */

import type { INotebookAnalysis } from '../analysis/notebook';
import type { Literal } from '../python/literals';
import { readLine } from '../requirements/lines';
import type { IRequirementLine } from '../requirements/lines';
import { readSpecifier } from '../requirements/pep440';
import { normaliseName, readName } from '../requirements/pep508';
import { conflictIn } from '../requirements/specifiers';
import type { IFix, IRange, NotebookEdit } from '../types';
import { entriesOf, entryAt, readEntry } from './requirement-entries';
import {
  lastListOf,
  nameOf,
  removeEntry,
  replacement
} from './requirements-list';
import type { IEntry, IRequirementsList } from './requirements-list';
import { entryText, pinnedVersion, pinsOf } from './requirements-text';
import type { NamedVersion } from './requirements-text';

function textOf({ cell }: IRequirementsList, { from, to }: IRange): string {
  return cell.source.slice(from, to);
}

function stringIn(literal: Literal | undefined): string | undefined {
  return literal?.kind === 'string' ? literal.value : undefined;
}

/** Fixes of the entry that has a place in it. */
function atEntry(
  notebook: INotebookAnalysis,
  range: IRange,
  fixes: (list: IRequirementsList, entry: IEntry) => IFix[]
): IFix[] {
  const list = lastListOf(notebook);
  const entry = list?.entries[entryAt(list, range)];
  return list && entry ? fixes(list, entry) : [];
}

/** Whether an entry of this name and version has no fault of its own, nor one beside the others. */
function fits(
  notebook: INotebookAnalysis,
  own: IEntry,
  name: string,
  version: string | undefined
): boolean {
  const others = lastListOf(notebook)?.entries ?? [];
  const normalised = normaliseName(name);
  return (
    others.every(
      other =>
        other === own || normaliseName(nameOf(other) ?? '') !== normalised
    ) && isMeetable(version)
  );
}

/** Whether a version is one, or a specifier that some version meets; where there is none, one is found. */
function isMeetable(version: string | undefined): boolean {
  const specifier = version === undefined ? '>=0' : readSpecifier(version);
  return specifier !== undefined && conflictIn(specifier) === undefined;
}

/** Whether requirements can stand together in one list. */
function fitTogether(lines: ReadonlyArray<IRequirementLine>): boolean {
  const names = new Set(lines.map(({ name }) => normaliseName(name)));
  return (
    names.size === lines.length &&
    lines.every(({ version }) => isMeetable(version))
  );
}

/** A fix that needs no answers. */
export function plainFix(
  title: string,
  safe: boolean,
  edits: () => NotebookEdit[]
): IFix {
  return { title, safe, edits };
}

/** Entries as pairs in a place; what has no version gets the installed one. */
export function pairsFix(
  title: string,
  lines: ReadonlyArray<IRequirementLine>,
  write: (pins: ReadonlyArray<NamedVersion>) => NotebookEdit[],
  isSafe = fitTogether(lines)
): IFix {
  const unknown = lines
    .filter(({ version }) => version === undefined)
    .map(({ name }) => ({ name: bare(name) }));
  return {
    title,
    safe: isSafe,
    needs: unknown.length ? { from: 'kernel', packages: unknown } : undefined,
    edits: found =>
      write(
        lines.map(({ name, version }): NamedVersion => {
          const [[, installed]] = pinsOf([{ name: bare(name) }], found);
          return [name, version ?? installed];
        })
      )
  };
}

/** A name without its extras. */
function bare(name: string): string {
  return name.replace(/\[.*$/, '');
}

/** For a package that is listed twice; `range` is about the later entry. */
export function repeatedFixes(
  notebook: INotebookAnalysis,
  range: IRange
): IFix[] {
  const { list, entries, first: firsts } = entriesOf(notebook);
  const index = list ? entryAt(list, range) : -1;
  if (!list || index < 0) {
    return [];
  }
  const own = entries[index];
  const first = firsts.get(normaliseName(own.name ?? '')) ?? -1;
  if (first < 0 || first >= index) {
    return [];
  }
  const other = entries[first];
  const isSame =
    own.specifier !== undefined &&
    own.specifier === other.specifier &&
    bare(own.name ?? '') === own.name &&
    bare(other.name ?? '') === other.name;
  const text = (at: number) => textOf(list, list.entries[at].node);
  return isSame
    ? [
        plainFix('Remove the second entry', true, () =>
          removeEntry(list, index)
        )
      ]
    : [
        plainFix(`Keep ${text(first)}`, false, () => removeEntry(list, index)),
        plainFix(`Keep ${text(index)}`, false, () => removeEntry(list, first))
      ];
}

/** For an entry whose name is none. */
export function nameFixes(notebook: INotebookAnalysis, range: IRange): IFix[] {
  return atEntry(notebook, range, (list, entry) => {
    const { node, literal } = entry;
    const items = literal.kind === 'sequence' ? literal.items : [];
    const [name, version] = items.map(stringIn);
    if (name === undefined || items.length !== 2) {
      return [];
    }
    const repaired = repairedName(name);
    const line = readLine(name);
    if (repaired !== undefined) {
      const [{ node: old }] = items;
      const quote = textOf(list, old).slice(-1);
      const fix = plainFix(
        `Write ${repaired}`,
        name.trim() === repaired && fits(notebook, entry, repaired, version),
        () => [replacement(list.cell, old, `${quote}${repaired}${quote}`)]
      );
      return [fix];
    } else if (line?.version === undefined) {
      return [];
    }
    const pair = entryText([line.name, line.version], textOf(list, node));
    const isSame =
      version !== undefined &&
      (version.trim() === '' ||
        readSpecifier(version) === readSpecifier(line.version));
    return [
      plainFix(
        `Write ${pair}`,
        isSame && fits(notebook, entry, line.name, line.version),
        () => [replacement(list.cell, node, pair)]
      )
    ];
  });
}

/** A name with spaces around or within it. */
function repairedName(name: string): string | undefined {
  const text = name.trim().replace(/ +/g, '-');
  return text !== name && /^[\w.-]+$/.test(text) ? readName(text) : undefined;
}

/** For an entry whose version is none. */
export function versionFixes(
  notebook: INotebookAnalysis,
  range: IRange
): IFix[] {
  return atEntry(notebook, range, (list, entry) => {
    const { name, version } = readEntry(entry);
    if (name === undefined || !version) {
      return [];
    }
    const text = textOf(list, version.node);
    const quoted =
      version.kind === 'number' && readSpecifier(text)
        ? [
            plainFix(`Write "${text}"`, true, () => [
              replacement(list.cell, version.node, `"${text}"`)
            ])
          ]
        : [];
    return [...quoted, ...pinFixes(list, entry)];
  });
}

/** To the installed version, or to the newest. */
export function pinFixes(list: IRequirementsList, entry: IEntry): IFix[] {
  const { name, version } = readEntry(entry);
  if (name === undefined || !version) {
    return [];
  }
  const package_ = bare(name);
  const fix = (from: 'kernel' | 'index', words: string): IFix => ({
    title: `Pin ${package_} to the ${words} version`,
    safe: false,
    needs: { from, packages: [{ name: package_ }] },
    edits: found => {
      const pin = pinnedVersion(found.get(package_)?.version ?? '');
      return pin === undefined
        ? []
        : [replacement(list.cell, version.node, `"${pin}"`)];
    }
  });
  return [fix('kernel', 'installed'), fix('index', 'newest')];
}

/** For an entry that is no pair. */
export function pairFixes(notebook: INotebookAnalysis, range: IRange): IFix[] {
  return atEntry(notebook, range, (list, entry) => {
    const whole = unlistedPair(list);
    if (whole) {
      return [whole];
    }
    const { literal, node } = entry;
    const text =
      literal.kind === 'sequence' && literal.items.length === 1
        ? stringIn(literal.items[0])
        : stringIn(literal);
    const line = text === undefined ? undefined : readLine(text);
    if (!line) {
      return [];
    }
    const style = textOf(list, node).replace(/^(?=['"])/, '[');
    const title = line.version
      ? `Write ${entryText([line.name, line.version], style)}`
      : `Add the installed version of ${bare(line.name)}`;
    return [
      pairsFix(
        title,
        [line],
        pins => [
          replacement(
            list.cell,
            node,
            pins.map(pin => entryText(pin, style)).join(', ')
          )
        ],
        fits(notebook, entry, line.name, line.version)
      )
    ];
  });
}

/** A pair that stands in place of the list. */
function unlistedPair(list: IRequirementsList): IFix | undefined {
  const { entries, brackets, cell } = list;
  const [name, version] = entries.map(({ literal }) => stringIn(literal) ?? '');
  if (
    entries.length !== 2 ||
    !brackets ||
    readName(name) === undefined ||
    !/^\W*\d/.test(version) ||
    readSpecifier(version) === undefined
  ) {
    return undefined;
  }
  return plainFix('Make it a list of this pair', isMeetable(version), () => [
    replacement(cell, brackets, `[${textOf(list, brackets)}]`)
  ]);
}
