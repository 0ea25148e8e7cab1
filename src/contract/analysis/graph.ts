/** Which cells need which others: what is drawn, and what `predictor` depends on. */

import { namesOfCell } from './cell-names';
import { linksOf } from './link';
import { perNotebook } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';
import { SERVED_FUNCTIONS } from './serving';

/** A cell that uses names which another one defines. Positions are those among all cells, from 0. */
export interface ICellDependency {
  /** The cell that uses them. */
  from: number;
  /** The cell that defines them. */
  to: number;
  /** In alphabetical order. */
  names: ReadonlyArray<string>;
}

export interface ICellGraph {
  /** By the cell that uses, then by the one that defines. */
  dependencies: ReadonlyArray<ICellDependency>;
  /**
   * For each function of the contract that the notebook defines: all cells that it needs, its own among them, in
   * document order.
   */
  reached: ReadonlyMap<string, ReadonlyArray<number>>;
}

/**
 * The graph of cells. What runs with a cell depends on the definition above it; a function's body on the one that
 * holds in the end. Only cells whose text is Python are in it; names that a magic or a star import makes are not.
 */
export const cellGraph = perNotebook((notebook): ICellGraph => {
  const dependencies: ICellDependency[] = [];
  for (const cell of notebook.code) {
    const names = new Map<number, Set<string>>();
    for (const [name, { index: to }] of needsOf(cell, notebook)) {
      names.set(to, (names.get(to) ?? new Set()).add(name));
    }
    for (const [to, used] of [...names].sort(([a], [b]) => a - b)) {
      dependencies.push({ from: cell.index, to, names: [...used].sort() });
    }
  }
  const reached = SERVED_FUNCTIONS.flatMap(name => {
    const cells = cellsNeededBy(notebook, name);
    return cells.length ? [[name, cells] as const] : [];
  });
  return { dependencies, reached: new Map(reached) };
});

/** The positions of all cells that a global name needs, its own among them, in order; none if nothing defines it. */
export function cellsNeededBy(
  notebook: INotebookAnalysis,
  name: string
): number[] {
  const start = linksOf(notebook).final.cellOf(name);
  const cells = new Set(start ? [start] : []);
  for (const cell of cells) {
    for (const [, to] of needsOf(cell, notebook)) {
      cells.add(to);
    }
  }
  return [...cells].map(({ index }) => index).sort((a, b) => a - b);
}

/** Names that a cell uses, each with the other cell that defines it. */
function* needsOf(
  cell: ICodeCell,
  notebook: INotebookAnalysis
): Iterable<readonly [string, ICodeCell]> {
  const { final, above } = linksOf(notebook);
  yield* above.get(cell.index) ?? [];
  for (const { name } of namesOfCell(cell).deferred) {
    const to = final.cellOf(name);
    if (to && to.index !== cell.index) {
      yield [name, to];
    }
  }
}
