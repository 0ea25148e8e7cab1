/** Which definition a global name has its value from, and which function that is, as far as the source shows. */

import type { SyntaxNode } from '@lezer/common';

import { nameIn } from '../python/tree';
import { namesOfCell } from './cell-names';
import type { INameEvent } from './events';
import { linksOf } from './link';
import { perCell } from './memo';
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

/**
 * The definition that a global name has its value from behind the last cell. Undefined where only the run can tell: a
 * branch decides, a call, a cell that cannot be read, or code that makes names unseen.
 */
export function finalDefinition(
  notebook: INotebookAnalysis,
  name: string
): IDefinition | undefined {
  const cell = linksOf(notebook).final.cellOf(name);
  return cell && leftBy(cell, name, notebook, Infinity);
}

/** The definition that a name has its value from where a cell uses it, and not behind the last cell. */
export function definitionAt(
  notebook: INotebookAnalysis,
  cell: ICodeCell,
  node: SyntaxNode
): IDefinition | undefined {
  const name = nameIn(cell.source, node);
  const use = usesByPlace(cell).get(node.from);
  if (!use || use.loop >= 0) {
    // In a loop, it may be what the round before left.
    return undefined;
  } else if (use.isDeferred) {
    return finalDefinition(notebook, name);
  } else if (use.state !== 'unbound') {
    const { held } = use;
    return use.state === 'bound' && held && !isOpenAbove(cell, use.from, held)
      ? checked({ cell, event: held })
      : undefined;
  }
  const { above } = linksOf(notebook);
  const [, other] =
    above.get(cell.index)?.find(([each]) => each === name) ?? [];
  return other && use.from < namesOfCell(cell).opens
    ? leftBy(other, name, notebook, cell.index)
    : undefined;
}

/** The definition that a cell leaves behind, if no cell above the position `end` may make the name unseen. */
function leftBy(
  cell: ICodeCell,
  name: string,
  notebook: INotebookAnalysis,
  end: number
): IDefinition | undefined {
  const { left, opensLast } = namesOfCell(cell);
  const event = left.find(each => each.name === name)?.sole;
  if (!event || event.from < opensLast) {
    return undefined;
  }
  const { openings } = linksOf(notebook);
  const isOpen = openings.some(index => cell.index < index && index < end);
  return isOpen ? undefined : checked({ cell, event });
}

function isOpenAbove(cell: ICodeCell, end: number, { from }: INameEvent) {
  const { opens, opensLast } = namesOfCell(cell);
  return opens < end && from < opensLast;
}

/** What a call does, nobody knows; in a cell that cannot be read, any word may be a definition. */
function checked(definition: IDefinition): IDefinition | undefined {
  const { isDeferred, from, to } = definition.event;
  return isDeferred || from === to ? undefined : definition;
}

const usesByPlace = perCell(
  ({ events }) =>
    new Map(
      events.flatMap(event =>
        event.kind === 'use' ? [[event.from, event] as const] : []
      )
    )
);

/**
 * What a definition stands for, followed through other names, each to what it stood for where it was used: the last
 * of these definitions that is no mere name.
 */
export function followed(
  notebook: INotebookAnalysis,
  definition: IDefinition | undefined
): IDefinition | undefined {
  const seen = new Set<INameEvent>();
  let at = definition;
  while (at && !seen.has(at.event)) {
    seen.add(at.event);
    const alias = aliasOf(at.event);
    if (!alias) {
      return at;
    }
    at = definitionAt(notebook, at.cell, alias);
  }
  return undefined;
}

/** The name that a definition takes its whole value from. */
export function aliasOf({ origin }: INameEvent): SyntaxNode | undefined {
  if (origin?.kind !== 'value' || origin.nodes.length !== 1) {
    return undefined;
  }
  const node = unwrapped(origin.nodes[0]);
  return node.name === 'VariableName' ? node : undefined;
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

/** A function whose parameters are known. */
export interface IFunction {
  cell: ICodeCell;
  parameters: IParameter[];
  /** The list of parameters, or what stands for it. */
  node: SyntaxNode;
}

/**
 * The function that a global name stands for in the end. Undefined where only the run can tell: what a call
 * returned, what a decorator made of it, what a branch chose.
 */
export function functionOf(
  notebook: INotebookAnalysis,
  name: string
): IFunction | undefined {
  const found = followed(notebook, finalDefinition(notebook, name));
  const origin = found?.event.origin;
  if (!found || !origin) {
    return undefined;
  } else if (origin.kind === 'function') {
    return origin.isDecorated ? undefined : fromNode(found.cell, origin.node);
  } else if (origin.kind === 'value' && origin.nodes.length === 1) {
    const value = unwrapped(origin.nodes[0]);
    return value.name === 'LambdaExpression'
      ? fromNode(found.cell, value)
      : undefined;
  }
  return undefined;
}

function fromNode(cell: ICodeCell, node: SyntaxNode): IFunction {
  const list = node.getChild('ParamList');
  return { cell, parameters: parametersOf(list), node: list ?? node };
}
