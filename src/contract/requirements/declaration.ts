/** Finds the declaration of `requirements`, as the builder does: the last top-level statement that changes it. */

import type { SyntaxNode } from '@lezer/common';

import type { ICodeCell } from '../analysis/notebook';
import { assignmentOf, topLevelStatements } from '../python/tree';

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
      const declaration = read(cell, statement, name, found.length > 0);
      if (declaration) {
        found.push({ cell, statement, ...declaration });
      }
    }
  }
  return found;
}

type Reading = Pick<IDeclaration, 'name' | 'value'> | undefined;

function read(
  cell: ICodeCell,
  statement: SyntaxNode,
  name: string,
  isDeclared: boolean
): Reading {
  const isName = (node: SyntaxNode | null | undefined) =>
    node?.name === 'VariableName' &&
    cell.source.slice(node.from, node.to) === name;
  switch (statement.name) {
    case 'AssignStatement': {
      const { targets, value } = assignmentOf(statement);
      const whole = targets.find(
        target => target.length === 1 && isName(target[0])
      );
      if (whole) {
        return value && { name: whole[0], value };
      }
      const parts = targets.flat();
      const attribute = parts.some(
        part =>
          part.name === 'MemberExpression' &&
          part.lastChild?.name === 'PropertyName'
      );
      const part = parts.map(node => find(node, isName)).find(Boolean);
      return part && !attribute ? { name: part } : undefined;
    }
    case 'UpdateStatement':
      return isName(statement.firstChild)
        ? { name: statement.firstChild as SyntaxNode }
        : undefined;
    case 'ExpressionStatement': {
      // A method called on the list changes it.
      const call = statement.firstChild;
      const method = call?.name === 'CallExpression' ? call.firstChild : null;
      const owner =
        method?.name === 'MemberExpression' ? method.firstChild : null;
      return isDeclared &&
        isName(owner) &&
        method?.lastChild?.name === 'PropertyName'
        ? { name: owner as SyntaxNode }
        : undefined;
    }
    default:
      return undefined;
  }
}

function find(
  node: SyntaxNode,
  matches: (node: SyntaxNode) => boolean
): SyntaxNode | undefined {
  if (matches(node)) {
    return node;
  }
  for (let child = node.firstChild; child; child = child.nextSibling) {
    const found = find(child, matches);
    if (found) {
      return found;
    }
  }
  return undefined;
}
