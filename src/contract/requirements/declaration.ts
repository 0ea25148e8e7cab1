/** Finds the declaration of `requirements`, as the builder does: the last top-level statement that changes it. */

import type { SyntaxNode } from '@lezer/common';

import type { ICodeCell } from '../analysis/notebook';
import { assignmentOf, children, topLevelStatements } from '../python/tree';

/** A top-level statement that gives a name its value. */
export interface IDeclaration {
  cell: ICodeCell;
  statement: SyntaxNode;
  /** Where the name stands. */
  name: SyntaxNode;
  /** Undefined where the statement does more than assign: unpacks, adds, calls a method. */
  value?: SyntaxNode[];
}

/** All of them, in document order. */
export function declarationsOf(
  code: ReadonlyArray<ICodeCell>,
  name: string
): IDeclaration[] {
  const found: IDeclaration[] = [];
  for (const cell of code) {
    // Most cells need no look.
    if (!cell.source.includes(name)) {
      continue;
    }
    for (const statement of topLevelStatements(cell.tree.topNode)) {
      if (isTimedApart(cell, statement)) {
        continue;
      }
      const declaration = read(cell, statement, name, found.length > 0);
      if (declaration) {
        found.push({ cell, statement, ...declaration });
      }
    }
  }
  return found;
}

/** What `%timeit` runs has names of its own. */
function isTimedApart(
  { source, magic, magics }: ICodeCell,
  { from: at }: SyntaxNode
): boolean {
  return (
    magic?.name === 'timeit' ||
    magics.some(
      ({ from, to }) =>
        from <= at &&
        at < to &&
        /^%?timeit\b/.test(source.slice(from, from + 8))
    )
  );
}

type Reading = Pick<IDeclaration, 'name' | 'value'> | undefined;

function read(
  cell: ICodeCell,
  statement: SyntaxNode,
  name: string,
  isDeclared: boolean
): Reading {
  const isName = (node: SyntaxNode) =>
    node.name === 'VariableName' &&
    cell.source.slice(node.from, node.to) === name;
  switch (statement.name) {
    case 'AssignStatement':
      return readAssignment(statement, isName);
    case 'UpdateStatement':
      return changed(statement.firstChild, isName);
    case 'DeleteStatement':
      return isDeclared
        ? children(statement)
            .filter(part => bare(part)?.name === 'MemberExpression')
            .map(part => changed(part, isName))
            .find(Boolean)
        : undefined;
    case 'ExpressionStatement': {
      // A method called on the list, or on a part of it, changes it.
      const call = bare(statement.firstChild);
      const method =
        call?.name === 'CallExpression' ? bare(call.firstChild) : null;
      return isDeclared &&
        method?.name === 'MemberExpression' &&
        method.lastChild?.name === 'PropertyName'
        ? changed(method.firstChild, isName)
        : undefined;
    }
    default:
      return undefined;
  }
}

type IsName = (node: SyntaxNode) => boolean;

function readAssignment(statement: SyntaxNode, isName: IsName): Reading {
  const { targets, value } = assignmentOf(statement);
  if (!value) {
    return undefined;
  }
  const isUnpacked = (parts: SyntaxNode[]) =>
    parts.length !== 1 ||
    parts[0].nextSibling?.name === ',' ||
    parts[0].prevSibling?.name === '*';
  for (const target of targets) {
    const own = target.length ? bare(target[0]) : null;
    if (own && !isUnpacked(target) && isName(own)) {
      // A list that is unpacked where it stands is no literal.
      return { name: own, value: hasStar(value) ? undefined : value };
    }
  }
  return targets
    .flat()
    .map(part => changed(part, isName))
    .find(Boolean);
}

function hasStar(value: SyntaxNode[]): boolean {
  return value.some(({ prevSibling }) => prevSibling?.name === '*');
}

/** The name where it is a target, or an item of it is, or they are among several. */
function changed(target: SyntaxNode | null, isName: IsName): Reading {
  const node = bare(target);
  if (!node) {
    return undefined;
  } else if (isName(node)) {
    return { name: node };
  } else if (/^(?:TupleExpression|ArrayExpression)$/.test(node.name)) {
    return children(node)
      .map(part => changed(part, isName))
      .find(Boolean);
  } else if (
    node.name === 'MemberExpression' &&
    node.lastChild?.name !== 'PropertyName'
  ) {
    return changed(node.firstChild, isName);
  }
  return undefined;
}

/** Without the parentheses around it. */
function bare(node: SyntaxNode | null): SyntaxNode | null {
  while (node?.name === 'ParenthesizedExpression') {
    const [, inner, closing] = children(node);
    if (!inner || !closing) {
      return node;
    }
    node = inner;
  }
  return node;
}
