import type { ICodeCell, INotebookAnalysis } from './notebook';

/**
 * Makes a function of a cell's own text one that is computed once as long as the text stays. What it reads besides
 * the text, such as the cell's position, would be that of another time.
 */
export function perCell<T extends object>(
  compute: (cell: ICodeCell) => T
): (cell: ICodeCell) => T {
  return memo(compute, cell => cell.tree);
}

/** Makes a function of a notebook one that is computed once for all rules. */
export function perNotebook<T extends object>(
  compute: (notebook: INotebookAnalysis) => T
): (notebook: INotebookAnalysis) => T {
  return memo(compute, notebook => notebook);
}

function memo<K, T extends object>(
  compute: (from: K) => T,
  key: (from: K) => object
): (from: K) => T {
  const known = new WeakMap<object, T>();
  return from => {
    const id = key(from);
    let value = known.get(id);
    if (!value) {
      value = compute(from);
      known.set(id, value);
    }
    return value;
  };
}
