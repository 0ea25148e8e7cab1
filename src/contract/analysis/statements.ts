/** Takes statements and expressions apart, where the tree has their parts in one flat list. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import type { IRange } from '../types';

/** A name that an import makes. */
export interface IImportedName {
  node: SyntaxNode;
  /** What the name stands for: `a.b` of `import a.b as c`, `a` of `import a.b`, `.a.b` of `from .a import b`. */
  path: string;
}

/** The names that an import makes, and the star of one that makes all. */
export function importedNames(
  node: SyntaxNode,
  source: string
): { names: IImportedName[]; star?: SyntaxNode } {
  const parts = children(node);
  const start = parts.findIndex(({ name }) => name === 'import') + 1;
  const text = (from: number, to: number) =>
    source.slice(from, to).replace(/\s|\\/g, '');
  // `from a import b`: where `a` stands.
  const module =
    start > 1 ? text(parts[0].to, parts[start - 1].from) : undefined;
  const names: IImportedName[] = [];
  let item: SyntaxNode[] = [];
  const end = () => {
    const [first] = item;
    if (first) {
      const as = item.findIndex(({ name }) => name === 'as');
      const last = item[(as < 0 ? item.length : as) - 1];
      const whole = text(first.from, last.to);
      const alias = as < 0 ? undefined : item[as + 1];
      names.push({
        node: alias ?? first,
        path:
          module !== undefined
            ? `${module}${/\.$/.test(module) ? '' : '.'}${whole}`
            : alias
              ? whole
              : text(first.from, first.to)
      });
    }
    item = [];
  };
  for (const part of parts.slice(start)) {
    if (part.name === ',' || part.name === ')') {
      end();
    } else if (part.name !== '(' && part.name !== '*') {
      item.push(part);
    }
  }
  end();
  return { names, star: parts.find(part => part.name === '*') };
}

/** Handlers that a missing name ends in. */
const CATCHES_NAMES = /\b(NameError|Exception|BaseException)\b/;

export function catchesNames(exceptions: string): boolean {
  return CATCHES_NAMES.test(exceptions);
}

/** Whether a `try`, given by its parts, handles a name that is missing in it. */
export function handlesMissingName(
  parts: ReadonlyArray<SyntaxNode>,
  text: (node: SyntaxNode) => string
): boolean {
  return parts.some(({ name }, index) => {
    if (name !== 'except') {
      return false;
    }
    const end = parts.findIndex(
      (part, at) => at > index && part.name === 'Body'
    );
    const header = parts
      .slice(index + 1, end)
      .map(text)
      .join(' ');
    const handles = header === '' || catchesNames(header);
    const last = parts[end]?.lastChild;
    // What raises again handles nothing.
    const raisesAgain =
      last?.name === 'RaiseStatement' && text(last).trim() === 'raise';
    return handles && !raisesAgain;
  });
}

/** The parts of a comprehension. */
export interface IComprehension {
  /** What the first `for` runs over: it alone belongs to the scope around. */
  first?: SyntaxNode;
  targets: SyntaxNode[];
  /** What all other `for` run over, and the conditions, which are those behind an `if`. */
  clauses: { node: SyntaxNode; isCondition: boolean }[];
  /** What it makes of each round. */
  elements: SyntaxNode[];
}

export function comprehensionOf(node: SyntaxNode): IComprehension {
  const targets: SyntaxNode[] = [];
  const clauses: IComprehension['clauses'] = [];
  const elements: SyntaxNode[] = [];
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
    } else if (before === 'in' || before === 'if') {
      clauses.push({ node: part, isCondition: before === 'if' });
    } else if (targets.length === 0) {
      elements.push(part);
    }
    before = part.name;
  }
  return { first, targets, clauses, elements };
}

/** Strings of these are no annotations themselves. */
const NOT_QUOTING = /\b(?:Literal|Annotated)\s*\[/;

/** The global names within the strings of an annotation, as in `x: "Table"` and `x: list["Table"]` (PEP 484). */
export function quotedNames(node: SyntaxNode, source: string): IRange[] {
  const names: IRange[] = [];
  const text = source.slice(node.from, node.to);
  if (!/['"]/.test(text) || NOT_QUOTING.test(text)) {
    return names;
  }
  for (const quoted of text.matchAll(/(['"])([\w\s.,|[\]]*)\1/g)) {
    const start = node.from + quoted.index + 1;
    for (const name of quoted[2].matchAll(/(?<![\w.])[A-Za-z_]\w*/g)) {
      const from = start + name.index;
      names.push({ from, to: from + name[0].length });
    }
  }
  return names;
}
