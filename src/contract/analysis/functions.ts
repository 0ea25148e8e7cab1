/** Which function a global name stands for, as far as the source shows. */

import type { SyntaxNode } from '@lezer/common';

import { namesOfCell } from './cell-names';
import type { INameEvent } from './events';
import type { ICodeCell, INotebookAnalysis } from './notebook';
import { parametersOf } from './parameters';
import type { IParameter } from './parameters';

export interface IDefinition {
  cell: ICodeCell;
  event: INameEvent;
}

/** The definitions of a global name, in document order. */
export function definitionsOf(
  { code }: INotebookAnalysis,
  name: string
): IDefinition[] {
  const cells = code.filter(cell => namesOfCell(cell).first.has(name));
  return cells.flatMap(cell =>
    cell.events
      .filter(event => event.kind === 'definition' && event.name === name)
      .map(event => ({ cell, event }))
  );
}

/** A function whose parameters are known. */
export interface IFunction {
  cell: ICodeCell;
  parameters: IParameter[];
  /** The list of parameters, or what stands for it. */
  node: SyntaxNode;
}

/**
 * The function that a global name stands for in the end: the last definition decides. Undefined where only the
 * run can tell: what a call returned, what a decorator made of it, what a branch chose.
 */
export function functionOf(
  notebook: INotebookAnalysis,
  name: string,
  seen: ReadonlyArray<string> = []
): IFunction | undefined {
  const definitions = definitionsOf(notebook, name);
  const last = definitions[definitions.length - 1];
  const origin = last?.event.origin;
  if (!origin || last.event.isDeferred || seen.includes(name)) {
    return undefined;
  }
  const { cell } = last;
  if (origin.kind === 'function') {
    return origin.isDecorated ? undefined : fromNode(cell, origin.node);
  } else if (origin.kind === 'value' && origin.nodes.length === 1) {
    const [value] = origin.nodes;
    if (value.name === 'LambdaExpression') {
      return fromNode(cell, value);
    } else if (value.name === 'VariableName') {
      const other = cell.source.slice(value.from, value.to);
      return functionOf(notebook, other, [...seen, name]);
    }
  }
  return undefined;
}

function fromNode(cell: ICodeCell, node: SyntaxNode): IFunction {
  const list = node.getChild('ParamList');
  return { cell, parameters: parametersOf(list), node: list ?? node };
}
