import { applyEdits, lintNotebook } from '../contract';
import type { FoundPackages, IFix, INotebookSource } from '../contract';
import { notebook, problemsOf, textOf } from './contract-notebooks';

/** What the problems of one rule are about, with the positions of their cells. */
export function found(
  code: string,
  ...sources: string[]
): [number | undefined, string | undefined][] {
  return problemsOf(code, ...sources).map(problem => [
    problem.cellIndex,
    textOf(problem, ...sources)
  ]);
}

/** What the problems of one rule are about, in a notebook of one cell. */
export function texts(
  code: string,
  ...sources: string[]
): (string | undefined)[] {
  return found(code, ...sources).map(([, text]) => text);
}

/** The first fix of a rule. */
export function firstFix(code: string, source: INotebookSource): IFix {
  const [fix] = lintNotebook(source)
    .filter(problem => problem.code === code)
    .flatMap(({ fixes }) => fixes ?? []);
  return fix;
}

const NOTHING: FoundPackages = new Map();

/** The cells after the first fix of a rule. */
export function fixed(
  code: string,
  sources: ReadonlyArray<string>,
  answers = NOTHING
): string[] {
  const edits = firstFix(code, notebook(...sources)).edits(answers);
  return applyEdits(sources, edits).map(({ source }) => source);
}
