/**
 * What a prediction runs and reads: the functions that `predictor` and the others reach, and the globals that these
 * use. Capture takes them out of the notebook by the same lines.
 */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import type { INameEvent, Origin } from './events';
import { linksOf } from './link';
import type { Places } from './places';
import type { IPlace } from './link';
import { perCell, perNotebook } from './memo';
import type { ICodeCell } from './notebook';

/** The functions of the contract that a service calls. */
export const SERVED_FUNCTIONS = [
  'predictor',
  'validator',
  'batch_predictor'
] as const;

/** Code that runs, or may run, when a sample is scored: a function, a lambda or a class. */
export interface IServedCode {
  cell: ICodeCell;
  /** `FunctionDefinition`, `LambdaExpression` or `ClassDefinition`. */
  node: SyntaxNode;
  /** Global names from one of the contract's to this one, both included: `['predictor', 'clean']`. */
  path: ReadonlyArray<string>;
}

/** A global name that served code reads. */
export interface IServedGlobal {
  name: string;
  /** Its first use in served code. */
  use: IPlace;
  /** Its definition that holds in the end; undefined where nothing is left of it. */
  definition?: IPlace;
  /** Global names from one of the contract's to this one, both included. */
  path: ReadonlyArray<string>;
}

export interface IServing {
  /** In the order in which it is reached. */
  code: ReadonlyArray<IServedCode>;
  /** By name; functions and classes of the notebook among them. */
  globals: ReadonlyMap<string, IServedGlobal>;
}

/** A name on the way from one of the contract's. Its path is told when asked: a way may be very long. */
class Step {
  constructor(
    readonly name: string,
    readonly before?: Step
  ) {}

  with<T extends object>(found: T): T & { readonly path: string[] } {
    return Object.defineProperty(found, 'path', {
      get: () => pathOf(this)
    }) as T & { readonly path: string[] };
  }
}

function pathOf(step: Step): string[] {
  const path: string[] = [];
  for (let at: Step | undefined = step; at; at = at.before) {
    path.push(at.name);
  }
  return path.reverse();
}

export const servingOf = perNotebook((notebook): IServing => {
  const { final } = linksOf(notebook);
  const code: IServedCode[] = [];
  const globals = new Map<string, IServedGlobal>();
  const reached = new Set<string>();
  const queue: Step[] = SERVED_FUNCTIONS.map(name => new Step(name));
  for (const step of queue) {
    const { name } = step;
    const definition = final.get(name);
    if (!definition || reached.has(name)) {
      continue;
    }
    reached.add(name);
    const { cell } = definition;
    const isContract = !step.before;
    const { nodes, names } = carriedBy(definition, isContract, final);
    for (const node of nodes) {
      code.push(step.with({ cell, node }));
      for (const event of usesWithin(cell, node)) {
        if (!globals.has(event.name)) {
          const found = {
            name: event.name,
            use: { cell, event },
            definition: final.get(event.name)
          };
          globals.set(event.name, new Step(event.name, step).with(found));
          queue.push(new Step(event.name, step));
        }
      }
    }
    queue.push(...names.map(other => new Step(other, step)));
  }
  return { code, globals };
});

interface ICarried {
  /** Code that comes along. */
  nodes: SyntaxNode[];
  /** Global names whose values come along. */
  names: string[];
}

/** What a value has in it that was written in the notebook. */
function carriedBy(
  { cell, event }: IPlace,
  isContract: boolean,
  final: Places
): ICarried {
  const { origin } = event;
  if (origin?.kind === 'function' || origin?.kind === 'class') {
    return { nodes: [origin.node], names: [] };
  } else if (origin?.kind === 'value' && origin.nodes.length === 1) {
    return valueCarries(origin.nodes[0], cell, isContract, final);
  }
  return { nodes: [], names: [] };
}

function valueCarries(
  value: SyntaxNode,
  cell: ICodeCell,
  isContract: boolean,
  final: Places
): ICarried {
  const text = (node: SyntaxNode) => cell.source.slice(node.from, node.to);
  if (value.name === 'LambdaExpression') {
    return { nodes: [value], names: [] };
  } else if (value.name === 'VariableName') {
    return { nodes: [], names: [text(value)] };
  } else if (value.name !== 'CallExpression') {
    return { nodes: [], names: [] };
  }
  const callee = value.firstChild;
  const list = value.getChild('ArgList');
  const given = list ? children(list) : [];
  const lambdas = given.filter(({ name }) => name === 'LambdaExpression');
  const names = given
    .filter(({ name }) => name === 'VariableName')
    .map(text)
    .filter(name => isWritten(final.get(name)?.event.origin));
  if (callee?.name === 'VariableName') {
    const origin = final.get(text(callee))?.event.origin;
    // An object has its class with it; what a function of the contract was made by, its maker's code.
    if (
      origin?.kind === 'class' ||
      (isContract && origin?.kind === 'function')
    ) {
      names.push(text(callee));
    }
  }
  return { nodes: lambdas, names };
}

function isWritten(origin: Origin | undefined): boolean {
  return origin?.kind === 'function' || origin?.kind === 'class';
}

/** Global names that a piece of code uses, first use of each, defaults and decorators included. */
function usesWithin(cell: ICodeCell, node: SyntaxNode): INameEvent[] {
  const uses = usesByUnit(cell).get(node.from) ?? [];
  return uses.filter(({ from, to }) => isNear(node, from, to));
}

/** Decorators stand before the function; all else is within it. */
function isNear(node: SyntaxNode, from: number, to: number): boolean {
  const around =
    node.parent?.name === 'DecoratedStatement' ? node.parent : node;
  return around.from <= from && to <= around.to;
}

const usesByUnit = perCell(({ events }): Map<number, INameEvent[]> => {
  const uses = new Map<number, INameEvent[]>();
  const seen = new Set<string>();
  for (const event of events) {
    const key = `${event.unit} ${event.name}`;
    if (event.kind === 'use' && event.unit >= 0 && !seen.has(key)) {
      seen.add(key);
      const known = uses.get(event.unit);
      if (known) {
        known.push(event);
      } else {
        uses.set(event.unit, [event]);
      }
    }
  }
  return uses;
});
