/** Turns a line that installs packages into entries of `requirements`. */

import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import type { IShellLine } from '../analysis/shell-lines';
import { normaliseName } from '../requirements/pep508';
import { readCondaArguments } from '../requirements/conda-arguments';
import { isExact, readPipArguments } from '../requirements/pip-arguments';
import type { IWantedRequirement } from '../requirements/pip-arguments';
import { isLooking } from '../python/shell';
import type { ICellEdit, IFix } from '../types';
import { removeStatement } from './remove-statement';
import { addRequirement, canAddRequirement } from './requirements-list';
import { pinsOf } from './requirements-text';

/** A line of IPython, or a statement that calls a program. */
export type IInstallingCode = Pick<
  IShellLine,
  'from' | 'to' | 'commands' | 'installations'
> & { kind: IShellLine['kind'] | 'call' };

export interface IInstallLineFix {
  fix: IFix;
  /** Whether `requirements` has all of it already. */
  isDeclared: boolean;
  /** What it asks for in another version than `requirements` does. */
  differing: ReadonlyArray<{ name: string; here: string; declared: string }>;
}

/**
 * Undefined where the line does more than a list of requirements can say. `isFirst`: whether no line above installs
 * something, too; two of them at once would make two declarations.
 */
export function removeInstallLine(
  notebook: INotebookAnalysis,
  cell: ICodeCell,
  line: IInstallingCode,
  isFirst: boolean
): IInstallLineFix | undefined {
  const read = wantedBy(line);
  if (!read || !canAddRequirement(notebook)) {
    return undefined;
  }
  const { wanted, left } = read;
  const { declarations, pins = [] } = notebook.requirements;
  const declared = new Map(
    pins.map(([name, specifier]) => [normaliseName(name), specifier])
  );
  const missing = wanted.filter(
    ({ name }) => !declared.has(normaliseName(name))
  );
  const differing = wanted.flatMap(({ name, version }) => {
    const specifier = declared.get(normaliseName(name));
    const here = isExact(version) ? `==${version}` : version;
    return specifier === undefined || here === undefined || specifier === here
      ? []
      : [{ name, here, declared: specifier }];
  });
  const agrees =
    differing.length === 0 &&
    wanted.every(
      ({ name, version }) =>
        version !== undefined || !declared.has(normaliseName(name))
    );
  const unknown = missing.filter(({ version }) => version === undefined);
  const removal = left.length
    ? withoutWords(cell, line, left)
    : removalOf(cell, line);
  if (!removal || (left.length > 0 && wanted.length === 0)) {
    return undefined;
  }
  const isOwnLine = removal.insert === '';
  return {
    isDeclared: missing.length === 0 && left.length === 0,
    differing,
    fix: {
      title: titleOf(missing, left.length > 0),
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

function titleOf(
  missing: ReadonlyArray<IWantedRequirement>,
  isPart: boolean
): string {
  if (missing.length === 0) {
    return isPart ? 'Remove what requirements has' : 'Remove the line';
  }
  const names = missing.map(({ name }) => name);
  return names.length > 3
    ? `Move ${names.length} packages to requirements`
    : `Move ${names.join(', ')} to requirements`;
}

interface IWanted {
  wanted: IWantedRequirement[];
  /** Words that a list of requirements cannot say. */
  left: string[];
}

/** Each package once; `pip` itself is none that a notebook needs. */
function wantedBy({
  kind,
  commands,
  installations
}: IInstallingCode): IWanted | undefined {
  const others = commands.length - installations.length;
  const isPlain =
    kind !== 'value' && commands.filter(isLooking).length === others;
  if (!isPlain) {
    return undefined;
  }
  const wanted = new Map<string, IWantedRequirement>();
  const left: string[] = [];
  for (const installation of installations) {
    const { words } = installation;
    const read =
      installation.kind === 'pip'
        ? readPipArguments(words, commands.length === 1 ? left : undefined)
        : /^(?:conda|mamba|micromamba) install$/.test(installation.program)
          ? readCondaArguments(words)
          : undefined;
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
  return { wanted: [...wanted.values()], left };
}

/** A line with those of its words that `requirements` takes over left out; undefined where they cannot be told. */
function withoutWords(
  { source, index: cellIndex }: ICodeCell,
  { from, to, installations, kind }: IInstallingCode,
  left: ReadonlyArray<string>
): ICellEdit | undefined {
  let text = source.slice(from, to);
  for (const word of installations[0].words) {
    if (left.includes(word) || !readPipArguments([word])?.length) {
      continue;
    }
    const escaped = word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    const shorter = text.replace(
      new RegExp(`\\s+(['"]?)${escaped}\\1(?=\\s|$)`),
      ''
    );
    if (shorter === text) {
      return undefined;
    }
    text = shorter;
  }
  return kind === 'call'
    ? undefined
    : { kind: 'replace', cellIndex, range: { from, to }, insert: text };
}

function removalOf(
  cell: ICodeCell,
  { from, to, kind }: IInstallingCode
): ICellEdit | undefined {
  const { source, index: cellIndex, magic } = cell;
  if (kind === 'call') {
    return removeStatement(cell, { from, to })[0];
  }
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
