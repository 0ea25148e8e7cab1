import type { SyntaxNode } from '@lezer/common';

/** The children that mean something: comments stand between any two tokens. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'Comment') {
      found.push(child);
    }
  }
  return found;
}

/** A name as Python reads it: in its compatible, composed form, whatever way it is written (PEP 3131). */
export function nameIn(
  source: string,
  { from, to }: { from: number; to: number }
): string {
  const text = source.slice(from, to);
  return /[^\0-\x7f]/.test(text) ? text.normalize('NFKC') : text;
}

/** The sides of an assignment: targets in order, then the value. */
export interface IAssignment {
  /** Each a list of expressions: `a, b = …` has one target of two. */
  targets: SyntaxNode[][];
  annotation?: SyntaxNode;
  /** Absent where there is only an annotation. */
  value?: SyntaxNode[];
}

/** Takes an `AssignStatement` apart. */
export function assignmentOf(node: SyntaxNode): IAssignment {
  const sides: SyntaxNode[][] = [[]];
  let annotation: SyntaxNode | undefined;
  for (const child of children(node)) {
    if (child.name === 'AssignOp') {
      sides.push([]);
    } else if (child.name === 'TypeDef') {
      annotation = child;
    } else if (child.name !== ',' && child.name !== '*') {
      sides[sides.length - 1].push(child);
    }
  }
  const value = sides.length > 1 ? sides.pop() : undefined;
  return { targets: sides, annotation, value };
}

/** Statements at the top level, in order; those of one line that `;` joins count singly. */
export function topLevelStatements(root: SyntaxNode): SyntaxNode[] {
  return children(root).flatMap(node =>
    node.name === 'StatementGroup' ? children(node) : [node]
  );
}

/** Whether a node, or the place right behind it, is not Python. */
export function hasError(node: SyntaxNode): boolean {
  const cursor = node.cursor();
  do {
    if (cursor.type.isError) {
      return true;
    }
  } while (cursor.next() && cursor.from <= node.to);
  return false;
}
