/** What the panel lists of a notebook's problems: by cell, with those that the build found. */

import type { ICell, IProblem, Severity } from '../contract';
import type {
  ICellPlace,
  IProblem as IBuildProblem
} from '../deployments/wire';

/** A problem as the panel lists it. */
export interface IListedProblem {
  problem: IProblem;
  /** Counts from 1. */
  line?: number;
  isOfBuild: boolean;
}

/** The problems of one cell, or those of the whole notebook. */
export interface IProblemGroup {
  key: string;
  /** Position of the cell, counted from 0; none for the whole notebook. */
  cellIndex?: number;
  /** The cell's first line that is not empty. */
  firstLine: string;
  problems: IListedProblem[];
}

export type SeverityCounts = Record<Severity, number>;

export function countSeverities(
  problems: ReadonlyArray<{ severity: Severity }>
): SeverityCounts {
  const counts = { error: 0, warning: 0, hint: 0 };
  for (const { severity } of problems) {
    counts[severity] += 1;
  }
  return counts;
}

/** A problem of the build in the terms of the lint, if its line is still there. */
export function asProblem(
  found: IBuildProblem,
  cells: ReadonlyArray<ICell>
): IListedProblem | undefined {
  const { code, message, severity, cell: place } = found;
  const cellIndex = place && findCell(place, cells);
  if (!place || cellIndex === undefined) {
    return undefined;
  }
  const { id, source } = cells[cellIndex];
  const lines = source.split('\n');
  const text = place.line === undefined ? undefined : lines[place.line - 1];
  const hasLine =
    place.source === undefined || place.source.trim() === text?.trim();
  if (!hasLine) {
    return undefined;
  }
  const problem: IProblem = { code, message, severity, cellIndex, cellId: id };
  if (place.line !== undefined && text !== undefined) {
    const from = lines.slice(0, place.line - 1).join('\n').length;
    const start = place.line > 1 ? from + 1 : from;
    problem.range = { from: start, to: start + text.length };
  }
  return { problem, line: place.line, isOfBuild: true };
}

/** The position of a cell that the build names, counted from 0. */
export function findCell(
  { id, index }: ICellPlace,
  cells: ReadonlyArray<ICell>
): number | undefined {
  const byId = id ? cells.findIndex(cell => cell.id === id) : -1;
  if (byId >= 0) {
    return byId;
  }
  return !id && index >= 1 && index <= cells.length ? index - 1 : undefined;
}

/** That a name has no value is one code to the builder; the lint says why, by several. */
const MISSING_NAME = /^SLP20[2-6]$/;

/** Groups what the lint and the build found. What both found is listed once, as the lint's. */
export function groupProblems(
  problems: ReadonlyArray<IProblem>,
  ofBuild: ReadonlyArray<IListedProblem>,
  cells: ReadonlyArray<ICell>
): IProblemGroup[] {
  const key = (code: string, cellIndex?: number) =>
    `${MISSING_NAME.test(code) ? 'missing' : code} ${cellIndex}`;
  const known = new Set(
    problems.map(({ code, cellIndex }) => key(code, cellIndex))
  );
  const listed = [
    ...problems.map((problem): IListedProblem => ({
      problem,
      line: lineOf(problem, cells),
      isOfBuild: false
    })),
    ...ofBuild.filter(
      ({ problem: { code, cellIndex } }) => !known.has(key(code, cellIndex))
    )
  ];
  const groups = new Map<number, IProblemGroup>();
  for (const one of listed) {
    const { cellIndex, cellId } = one.problem;
    const group = groups.get(cellIndex ?? -1) ?? {
      key: cellIndex === undefined ? 'notebook' : cellId || String(cellIndex),
      cellIndex,
      firstLine: cellIndex === undefined ? '' : firstLine(cells[cellIndex]),
      problems: []
    };
    groups.set(cellIndex ?? -1, group);
    group.problems.push(one);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => ({
      ...group,
      problems: group.problems.sort(
        (a, b) => (a.line ?? 0) - (b.line ?? 0) || 0
      )
    }));
}

function lineOf(
  { cellIndex, range }: IProblem,
  cells: ReadonlyArray<ICell>
): number | undefined {
  return cellIndex === undefined || !range
    ? undefined
    : cells[cellIndex].source.slice(0, range.from).split('\n').length;
}

function firstLine(cell: ICell | undefined): string {
  return /\S.*/.exec(cell?.source ?? '')?.[0] ?? '';
}
