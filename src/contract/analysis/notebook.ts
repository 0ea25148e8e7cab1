import type { ICell, INotebookSource } from '../types';

/** What the rules share, computed once per notebook. */
export interface INotebookAnalysis {
  readonly cells: ReadonlyArray<ICell>;
  /** As the notebook says; `python` where it does not. */
  readonly language: string;
  readonly isPython: boolean;
}

export function analyseNotebook(source: INotebookSource): INotebookAnalysis {
  const language = source.language?.trim() || 'python';
  return {
    cells: source.cells,
    language,
    // Some kernels say `ipython` or `python3`; all of them run Python.
    isPython: /^i?python[0-9.]*$/i.test(language)
  };
}
