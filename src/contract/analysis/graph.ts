/** Which cells need which others: what is drawn, and what `predictor` depends on. */

import { namesOfCell } from './cell-names';
import { perNotebook } from './memo';
import type { INotebookAnalysis } from './notebook';
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
  const last = lastDefinitions(notebook);
  const above = new Map<string, number>();
  const dependencies: ICellDependency[] = [];
  for (const cell of notebook.code) {
    const { deferred, immediate, first } = namesOfCell(cell);
    const needed = new Map<number, Set<string>>();
    const need = (name: string, index: number | undefined) => {
      if (index !== undefined && index !== cell.index) {
        needed.set(index, (needed.get(index) ?? new Set()).add(name));
      }
    };
    immediate.forEach(({ name, state }) => {
      if (state !== 'deleted') {
        need(name, above.get(name));
      }
    });
    deferred.forEach(({ name }) => need(name, last.get(name)));
    for (const [to, names] of [...needed].sort(([a], [b]) => a - b)) {
      dependencies.push({ from: cell.index, to, names: [...names].sort() });
    }
    for (const name of first.keys()) {
      above.set(name, cell.index);
    }
  }
  return { dependencies, reached: reachedCells(dependencies, last) };
});

function lastDefinitions({ code }: INotebookAnalysis): Map<string, number> {
  return new Map(
    code.flatMap(cell =>
      [...namesOfCell(cell).first.keys()].map(
        name => [name, cell.index] as const
      )
    )
  );
}

function reachedCells(
  dependencies: ReadonlyArray<ICellDependency>,
  last: ReadonlyMap<string, number>
): Map<string, number[]> {
  const targets = new Map<number, number[]>();
  for (const { from, to } of dependencies) {
    targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const reached = new Map<string, number[]>();
  for (const name of SERVED_FUNCTIONS) {
    const start = last.get(name);
    if (start !== undefined) {
      const cells = new Set([start]);
      for (const cell of cells) {
        targets.get(cell)?.forEach(other => cells.add(other));
      }
      reached.set(
        name,
        [...cells].sort((a, b) => a - b)
      );
    }
  }
  return reached;
}
