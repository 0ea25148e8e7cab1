/**
 * What a prediction runs and reads: the functions that `predictor` and the others reach, and the globals that these
 * use. Capture takes them out of the notebook by the same lines.
 */

import type { SyntaxNode } from '@lezer/common';

import { children, nameIn } from '../python/tree';
import type { INameEvent, Origin } from './events';
import { aliasOf, definitionAt, finalDefinition } from './functions';
import { linksOf } from './link';
import type { Places } from './places';
import type { IPlace } from './link';
import { perCell, perNotebook } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';

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
  /** A use that runs when served code does, whatever branch is taken; not in an annotation, say, or a default. */
  need?: IPlace;
  /** Whether each prediction comes to that use for sure. */
  isSure: boolean;
  /** Whether a function of the contract itself has that use. */
  isDirect: boolean;
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
    /** Whether each prediction comes here for sure. */
    readonly isSure: boolean,
    readonly before?: Step,
    /** Whether it is but another name for the one before. */
    readonly isAlias = false
  ) {}

  /** Whether it stands for a function of the contract. */
  get isContract(): boolean {
    return !this.before || (this.isAlias && this.before.isContract);
  }

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
  const reached = new Set<INameEvent>();
  const queue: [Step, IPlace | undefined][] = SERVED_FUNCTIONS.map(name => [
    new Step(name, finalDefinition(notebook, name) !== undefined),
    final.get(name)
  ]);
  for (const [step, definition] of queue) {
    if (!definition || reached.has(definition.event)) {
      continue;
    }
    reached.add(definition.event);
    const alias = aliasedBy(notebook, definition);
    if (alias) {
      queue.push([new Step(alias.event.name, step.isSure, step, true), alias]);
      continue;
    }
    const { cell } = definition;
    const { nodes, names } = carriedBy(definition, step.isContract, final);
    for (const node of nodes) {
      code.push(step.with({ cell, node }));
      for (const { first: event, need } of usesWithin(cell, node)) {
        const { name } = event;
        const known = globals.get(name);
        if (known && (known.need || !need)) {
          continue;
        }
        // A method need not be called, and a decorator may do anything.
        const isSure =
          step.isSure && need?.depth === 1 && isPlainFunction(node);
        const next = new Step(name, isSure, step);
        const found: Omit<IServedGlobal, 'path'> = {
          name,
          use: known?.use ?? { cell, event },
          need: need && { cell, event: need },
          isSure,
          isDirect: step.isContract,
          definition: final.get(name)
        };
        globals.set(name, next.with(found));
        queue.push([next, found.definition]);
      }
    }
    queue.push(
      ...names.map((name): [Step, IPlace | undefined] => [
        new Step(name, false, step),
        final.get(name)
      ])
    );
  }
  return { code, globals };
});

/** The definition that another one takes its whole value from; the final one where only the run can tell. */
function aliasedBy(
  notebook: INotebookAnalysis,
  { cell, event }: IPlace
): IPlace | undefined {
  const node = aliasOf(event);
  return (
    node &&
    (definitionAt(notebook, cell, node) ??
      linksOf(notebook).final.get(nameIn(cell.source, node)))
  );
}

function isPlainFunction({ name, parent }: SyntaxNode): boolean {
  return name !== 'ClassDefinition' && parent?.name !== 'DecoratedStatement';
}

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
  const text = (node: SyntaxNode) => nameIn(cell.source, node);
  if (value.name === 'LambdaExpression') {
    return { nodes: [value], names: [] };
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

/** The uses of a global name in a piece of code. */
interface IUses {
  first: INameEvent;
  /** The first that runs with the code, whatever branch is taken. */
  need?: INameEvent;
}

/** Global names that a piece of code uses, defaults and decorators included. */
function usesWithin(cell: ICodeCell, node: SyntaxNode): IUses[] {
  const uses = usesByUnit(cell).get(node.from) ?? [];
  return uses.filter(({ first: { from, to } }) => isNear(node, from, to));
}

/** Decorators stand before the function; all else is within it. */
function isNear(node: SyntaxNode, from: number, to: number): boolean {
  const around =
    node.parent?.name === 'DecoratedStatement' ? node.parent : node;
  return around.from <= from && to <= around.to;
}

const usesByUnit = perCell(({ events }): Map<number, IUses[]> => {
  const uses = new Map<number, Map<string, IUses>>();
  for (const event of events) {
    const { kind, unit, name } = event;
    if (kind !== 'use' || unit < 0) {
      continue;
    }
    let names = uses.get(unit);
    if (!names) {
      names = new Map();
      uses.set(unit, names);
    }
    let known = names.get(name);
    if (!known) {
      known = { first: event };
      names.set(name, known);
    }
    if (isNeed(event)) {
      known.need ??= event;
    }
  }
  return new Map([...uses].map(([unit, names]) => [unit, [...names.values()]]));
});

function isNeed(event: INameEvent): boolean {
  return (
    event.isDeferred &&
    !event.inAnnotation &&
    !event.isGuarded &&
    !event.isConditional &&
    !event.isSkippable &&
    // The function has set it itself.
    event.state !== 'bound'
  );
}
