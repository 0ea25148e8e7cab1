import type { ICodeCell, INotebookAnalysis } from './notebook';

/** What was computed for a cell's text, or for a notebook: one place for each function that computes. */
export type Computed = object[];

/**
 * Makes a function of a cell's own text one that is computed once as long as the text stays. What it reads besides
 * the text, such as the cell's position, would be that of another time.
 */
export function perCell<T extends object>(
  compute: (cell: ICodeCell) => T
): (cell: ICodeCell) => T {
  return memo(compute);
}

/** Makes a function of a notebook one that is computed once for all rules. */
export function perNotebook<T extends object>(
  compute: (notebook: INotebookAnalysis) => T
): (notebook: INotebookAnalysis) => T {
  return memo(compute);
}

let functions = 0;

// A weak map would do as well, but takes most of a keystroke's time where some twenty rules ask a thousand cells.
function memo<K extends { computed: Computed }, T extends object>(
  compute: (from: K) => T
): (from: K) => T {
  const place = functions++;
  return from => {
    const known = from.computed[place] as T | undefined;
    if (known) {
      return known;
    }
    const value = compute(from);
    from.computed[place] = value;
    return value;
  };
}
