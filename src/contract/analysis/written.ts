/** What is written in the notebook for a name of the contract, as it stands behind the last cell. */

import type { SyntaxNode } from '@lezer/common';

import { definitionsOf } from './functions';
import type { IDefinition } from './functions';
import type { ICodeCell, INotebookAnalysis } from './notebook';

/** Definitions that the source shows; in cells that are not Python, any word may be one. */
export function seenDefinitions(
  notebook: INotebookAnalysis,
  name: string
): IDefinition[] {
  return definitionsOf(notebook, name).filter(
    ({ event }) => event.to > event.from
  );
}

/** The last definition, unless something else may decide: a branch, a call, a cell that cannot be read. */
export function finalDefinition(
  notebook: INotebookAnalysis,
  name: string
): IDefinition | undefined {
  const definitions = definitionsOf(notebook, name);
  const last = definitions[definitions.length - 1];
  return last &&
    last.event.to > last.event.from &&
    !last.event.isConditional &&
    !last.event.isDeferred
    ? last
    : undefined;
}

/** A definition in code. */
export interface IWritten {
  cell: ICodeCell;
  /** A function, lambda, class or value; never a mere name. */
  node: SyntaxNode;
  isDecorated: boolean;
}

/** What is written in the notebook for a name, followed through other names. */
export function writtenFor(
  notebook: INotebookAnalysis,
  name: string,
  seen: ReadonlyArray<string> = []
): IWritten | undefined {
  const last = finalDefinition(notebook, name);
  const origin = last?.event.origin;
  if (!last || !origin || seen.includes(name)) {
    return undefined;
  }
  const { cell } = last;
  if (origin.kind === 'function' || origin.kind === 'class') {
    const { node } = origin;
    const isDecorated = node.parent?.name === 'DecoratedStatement';
    return { cell, node, isDecorated };
  } else if (origin.kind !== 'value') {
    return undefined;
  }
  const node = unwrapped(origin.nodes[0]);
  if (node.name === 'VariableName' && origin.nodes.length === 1) {
    const other = cell.source.slice(node.from, node.to);
    return writtenFor(notebook, other, [...seen, name]);
  }
  return { cell, node, isDecorated: false };
}

/** What stands in parentheses. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let inner = node;
  while (inner.name === 'ParenthesizedExpression') {
    const next = inner.firstChild?.nextSibling;
    if (!next) {
      break;
    }
    inner = next;
  }
  return inner;
}

const VALUES: { readonly [node: string]: string } = {
  String: 'text',
  ContinuedString: 'text',
  FormatString: 'text',
  Number: 'a number',
  Boolean: 'a truth value',
  None: '`None`',
  ArrayExpression: 'a list',
  ArrayComprehensionExpression: 'a list',
  TupleExpression: 'a tuple',
  SetExpression: 'a set',
  SetComprehensionExpression: 'a set',
  DictionaryExpression: 'a dict',
  DictionaryComprehensionExpression: 'a dict',
  ComprehensionExpression: 'a generator'
};

/** What kind of value an expression clearly has, in words; undefined where it may be any. */
export function valueWords(node: SyntaxNode): string | undefined {
  const inner = unwrapped(node);
  const isSigned =
    inner.name === 'UnaryExpression' && inner.lastChild?.name === 'Number';
  return isSigned ? VALUES.Number : VALUES[inner.name];
}
