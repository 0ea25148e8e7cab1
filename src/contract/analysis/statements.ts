/** Takes statements and expressions apart, where the tree has their parts in one flat list. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';

/** The names that an import makes, and the star of one that makes all. */
export function importedNames(node: SyntaxNode): {
  names: SyntaxNode[];
  star?: SyntaxNode;
} {
  const parts = children(node);
  const start = parts.findIndex(({ name }) => name === 'import') + 1;
  const isFrom = start > 1;
  const names: SyntaxNode[] = [];
  let name: SyntaxNode | undefined;
  let before = '';
  for (const part of parts.slice(start)) {
    if (part.name === ',') {
      names.push(...(name ? [name] : []));
      name = undefined;
    } else if (part.name === 'VariableName') {
      // `import a.b` makes `a`, and what follows `as` takes its place.
      name = isFrom || before !== '.' ? part : name;
    }
    before = part.name;
  }
  names.push(...(name ? [name] : []));
  return { names, star: parts.find(part => part.name === '*') };
}

/** Handlers that a missing name ends in. */
const CATCHES_NAMES = /\b(NameError|Exception|BaseException)\b/;

/** Whether a `try`, given by its parts, handles a name that is missing in it. */
export function handlesMissingName(
  parts: ReadonlyArray<SyntaxNode>,
  source: string
): boolean {
  return parts.some(({ name, to }, index) => {
    if (name !== 'except') {
      return false;
    }
    const body = parts.slice(index).find(part => part.name === 'Body');
    const header = source.slice(to, body?.from).trim();
    return header === '' || CATCHES_NAMES.test(header);
  });
}

/** The parts of a comprehension. */
export interface IComprehension {
  /** What the first `for` runs over: it alone belongs to the scope around. */
  first?: SyntaxNode;
  targets: SyntaxNode[];
  /** All else. */
  rest: SyntaxNode[];
}

export function comprehensionOf(node: SyntaxNode): IComprehension {
  const targets: SyntaxNode[] = [];
  const rest: SyntaxNode[] = [];
  let first: SyntaxNode | undefined;
  let before = '';
  let isTarget = false;
  for (const part of children(node)) {
    if (part.name === 'for' || part.name === 'in') {
      isTarget = part.name === 'for';
    } else if (isTarget) {
      targets.push(part);
    } else if (before === 'in' && !first) {
      first = part;
    } else {
      rest.push(part);
    }
    before = part.name;
  }
  return { first, targets, rest };
}
