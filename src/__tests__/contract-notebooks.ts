import { lintNotebook } from '../contract';
import type { INotebookSource, IProblem } from '../contract';

/** A notebook of code cells. */
export function notebook(...sources: string[]): INotebookSource {
  return {
    cells: sources.map((source, index) => ({
      id: `id${index}`,
      type: 'code',
      source
    })),
    languageVersion: '3.11.7'
  };
}

/** The problems of one rule in a notebook of code cells. */
export function problemsOf(code: string, ...sources: string[]): IProblem[] {
  return lintNotebook(notebook(...sources)).filter(
    problem => problem.code === code
  );
}

/** The text that a problem is about. */
export function textOf(
  { cellIndex, range }: IProblem,
  ...sources: string[]
): string | undefined {
  return range && sources[cellIndex ?? 0].slice(range.from, range.to);
}

/** The problems about names that have no value, whatever the reason. */
export function missingNames(...sources: string[]): IProblem[] {
  return lintNotebook(notebook(...sources)).filter(({ code }) =>
    /^SLP20[2-6]$/.test(code)
  );
}
