/** What is written in the notebook for a name of the contract, as it stands behind the last cell. */

import type { SyntaxNode } from '@lezer/common';

import {
  definitionsOf,
  finalDefinition,
  followed,
  unwrapped
} from './functions';
import type { IDefinition } from './functions';
import type { ICodeCell, INotebookAnalysis } from './notebook';

export { finalDefinition, unwrapped } from './functions';

/** Definitions that the source shows; in cells that are not Python, any word may be one. */
export function seenDefinitions(
  notebook: INotebookAnalysis,
  name: string
): IDefinition[] {
  return definitionsOf(notebook, name).filter(
    ({ event }) => event.to > event.from
  );
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
  name: string
): IWritten | undefined {
  const found = followed(notebook, finalDefinition(notebook, name));
  const origin = found?.event.origin;
  if (!found || !origin) {
    return undefined;
  }
  const { cell } = found;
  if (origin.kind === 'function' || origin.kind === 'class') {
    const { node } = origin;
    const isDecorated = node.parent?.name === 'DecoratedStatement';
    return { cell, node, isDecorated };
  }
  return origin.kind === 'value'
    ? { cell, node: unwrapped(origin.nodes[0]), isDecorated: false }
    : undefined;
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
