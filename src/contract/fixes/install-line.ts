/** Turns a line that installs packages into entries of `requirements`. */

import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import type { IShellLine } from '../analysis/shell-lines';
import { normaliseName } from '../requirements/pep508';
import { isExact, readPipArguments } from '../requirements/pip-arguments';
import type { IWantedRequirement } from '../requirements/pip-arguments';
import { isLooking } from '../python/shell';
import type { ICellEdit, IFix } from '../types';
import { addRequirement, canAddRequirement } from './requirements-list';
import { pinsOf } from './requirements-text';

export interface IInstallLineFix {
  fix: IFix;
  /** Whether `requirements` has all of it already. */
  isDeclared: boolean;
}

/**
 * Undefined where the line does more than a list of requirements can say. `isFirst`: whether no line above installs
 * something, too; two of them at once would make two declarations.
 */
export function removeInstallLine(
  notebook: INotebookAnalysis,
  cell: ICodeCell,
  line: IShellLine,
  isFirst: boolean
): IInstallLineFix | undefined {
  const wanted = wantedBy(line);
  if (!wanted || !canAddRequirement(notebook)) {
    return undefined;
  }
  const { declarations, pins = [] } = notebook.requirements;
  const declared = new Map(
    pins.map(([name, specifier]) => [normaliseName(name), specifier])
  );
  const missing = wanted.filter(
    ({ name }) => !declared.has(normaliseName(name))
  );
  const agrees = wanted.every(({ name, version }) => {
    const specifier = declared.get(normaliseName(name));
    return specifier === undefined || specifier === `==${version}`;
  });
  const unknown = missing.filter(({ version }) => version === undefined);
  const removal = removalOf(cell, line);
  const isOwnLine = removal.insert === '';
  return {
    isDeclared: missing.length === 0,
    fix: {
      title: titleOf(missing),
      safe:
        isOwnLine &&
        agrees &&
        wanted.length > 0 &&
        wanted.every(({ version }) => isExact(version)) &&
        (isFirst || declarations.length > 0),
      needs: unknown.length
        ? {
            from: 'kernel',
            packages: unknown.map(({ name }) => ({ name }))
          }
        : undefined,
      edits: found => {
        const all = missing.map(({ name, version }) =>
          version === undefined
            ? pinsOf([{ name }], found)[0]
            : ([name, version] as const)
        );
        return [removal, ...(all.length ? addRequirement(notebook, all) : [])];
      }
    }
  };
}

function titleOf(missing: ReadonlyArray<IWantedRequirement>): string {
  if (missing.length === 0) {
    return 'Remove the line';
  }
  const names = missing.map(({ name }) => name);
  return names.length > 3
    ? `Move ${names.length} packages to requirements`
    : `Move ${names.join(', ')} to requirements`;
}

/** Each package once; `pip` itself is none that a notebook needs. */
function wantedBy({
  kind,
  commands,
  installations
}: IShellLine): IWantedRequirement[] | undefined {
  const others = commands.length - installations.length;
  const isPlain =
    kind !== 'value' &&
    installations.every(installation => installation.kind === 'pip') &&
    commands.filter(isLooking).length === others;
  if (!isPlain) {
    return undefined;
  }
  const wanted = new Map<string, IWantedRequirement>();
  for (const { words } of installations) {
    const read = readPipArguments(words);
    if (!read) {
      return undefined;
    }
    for (const requirement of read) {
      const name = normaliseName(requirement.name);
      if (name !== 'pip') {
        wanted.set(name, requirement);
      }
    }
  }
  return [...wanted.values()];
}

function removalOf(
  { source, index: cellIndex, magic }: ICodeCell,
  { from, to, kind }: IShellLine
): ICellEdit {
  const start =
    Math.max(
      source.lastIndexOf('\n', from - 1),
      source.lastIndexOf('\r', from - 1)
    ) + 1;
  const replace = (begin: number, end: number, insert: string): ICellEdit => ({
    kind: 'replace',
    cellIndex,
    range: { from: begin, to: end },
    insert
  });
  if (start < from && kind !== 'cell') {
    // It may be all that its block has.
    return replace(from, to, 'pass');
  }
  const rest = source.slice(0, start) + source.slice(to);
  if (magic && rest.slice(magic.to).trim() === '') {
    // A cell magic without a body is an error.
    return replace(0, source.length, '');
  }
  const end = /^[ \t]*(?:\r\n|\r|\n)?/.exec(source.slice(to))?.[0].length ?? 0;
  return replace(start, to + end, '');
}
