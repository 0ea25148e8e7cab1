import { applyEdits, lintNotebook } from '../contract';
import type { FoundPackages, IFix, IProblem } from '../contract';
import { notebook } from './contract-notebooks';

/** Versions as a kernel or an index would tell them. */
export function found(versions: { [name: string]: string }): FoundPackages {
  return new Map(
    Object.entries(versions).map(([name, version]) => [name, { name, version }])
  );
}

/** The first fix of a rule's first problem whose title has some words. */
export function fixOf(code: string, title: string, sources: string[]): IFix {
  const problems = lintNotebook(notebook(...sources));
  const fixes = problems
    .filter(problem => problem.code === code)
    .flatMap(problem => problem.fixes ?? []);
  const fix = fixes.find(each => each.title.includes(title));
  if (!fix) {
    const titles = fixes.map(each => each.title).join(', ');
    throw new Error(`${code} has no such fix, but ${titles || 'none'}`);
  }
  return fix;
}

/** Codes, the places left out: fixes move them. */
export function codesOf(...sources: string[]): string[] {
  return lintNotebook(notebook(...sources))
    .map(({ code }: IProblem) => code)
    .sort();
}

/** Applies a fix and checks that its problem is gone and nothing came instead, but for what is allowed to. */
export function applyFix(
  code: string,
  title: string,
  sources: string[],
  packages: FoundPackages = new Map(),
  allowed: string[] = []
): string[] {
  const fix = fixOf(code, title, sources);
  const after = applyEdits(sources, fix.edits(packages)).map(
    ({ source }) => source
  );
  const before = codesOf(...sources);
  const now = codesOf(...after).filter(each => !allowed.includes(each));
  expect(now.filter(each => each === code).length).toBeLessThan(
    before.filter(each => each === code).length
  );
  expect(before).toEqual(expect.arrayContaining(now));
  return after;
}
