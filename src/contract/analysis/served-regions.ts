/**
 * Stretches of code that run when a sample is scored. Narrower than what comes along with `predictor`: constructors,
 * methods that nothing mentions, and what a decorator does once, run before or never.
 */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import { perCell, perNotebook } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';
import { servingOf } from './serving';
import type { IServedCode } from './serving';

export interface IServedRegion {
  cell: ICodeCell;
  /** `FunctionDefinition` or `LambdaExpression`. */
  node: SyntaxNode;
  /** The body. */
  from: number;
  to: number;
  /** Global names from one of the contract's to the one it belongs to, and once more: as `pathText` wants it. */
  path: ReadonlyArray<string>;
}

function regionOf(served: IServedCode, part: SyntaxNode): IServedRegion {
  return {
    cell: served.cell,
    ...bodyOf(part),
    // Told when asked: a way may be very long.
    get path() {
      return [...served.path, ''];
    }
  };
}

/** What frameworks call in classes that are derived from theirs. */
const FRAMEWORK =
  /^(?:forward|call|transform|inverse_transform|predict\w*|decision_function|score|encode|decode|tokenize)$/;

/** What Python calls, constructors and what makes text for people aside. */
const SPECIAL =
  /^__(?!init|new__|post_init|set_name|init_subclass|repr__|str__|del__|getstate|setstate|reduce)\w+__$/;

export const servedRegionsOf = perNotebook((notebook): IServedRegion[] => {
  const regions: IServedRegion[] = [];
  const methods: { region: IServedRegion; name: string; isForeign: boolean }[] =
    [];
  for (const served of servingOf(notebook).code) {
    const { cell, node } = served;
    if (node.name !== 'ClassDefinition') {
      for (const part of servedParts(node, cell)) {
        regions.push(regionOf(served, part));
      }
      continue;
    }
    const isForeign = /\w/.test(basesOf(node, cell));
    for (const method of methodsOf(node)) {
      const name = method.getChild('VariableName');
      methods.push({
        region: regionOf(served, method),
        name: name ? cell.source.slice(name.from, name.to) : '',
        isForeign
      });
    }
  }
  const mentioned = new Set<string>();
  const mention = ({ cell, from, to }: IServedRegion) =>
    attributesOf(cell).forEach(({ name, at }) => {
      if (from <= at && at < to) {
        mentioned.add(name);
      }
    });
  regions.forEach(mention);
  let rest = methods;
  for (let grows = true; grows;) {
    const isReached = ({ name, isForeign }: (typeof methods)[number]) =>
      mentioned.has(name) ||
      SPECIAL.test(name) ||
      (isForeign && FRAMEWORK.test(name));
    const reached = rest.filter(isReached);
    rest = rest.filter(method => !isReached(method));
    reached.forEach(({ region }) => {
      regions.push(region);
      mention(region);
    });
    grows = reached.length > 0;
  }
  return regions;
});

/** By the cell's position. */
const regionsByCell = perNotebook((notebook): Map<number, IServedRegion[]> => {
  const byCell = new Map<number, IServedRegion[]>();
  for (const region of servedRegionsOf(notebook)) {
    const known = byCell.get(region.cell.index);
    if (known) {
      known.push(region);
    } else {
      byCell.set(region.cell.index, [region]);
    }
  }
  return byCell;
});

/** Cells that hold code which runs when a sample is scored, in document order. */
export function servedCells(notebook: INotebookAnalysis): ICodeCell[] {
  const byCell = regionsByCell(notebook);
  return notebook.code.filter(({ index }) => byCell.has(index));
}

/** The code that runs when a sample is scored and that a place is in. */
export function servedRegionAt(
  notebook: INotebookAnalysis,
  cell: ICodeCell,
  at: number
): IServedRegion | undefined {
  return regionsByCell(notebook)
    .get(cell.index)
    ?.find(({ from, to }) => from <= at && at < to);
}

function bodyOf(node: SyntaxNode): Pick<IServedRegion, 'node' | 'from' | 'to'> {
  const body =
    node.name === 'LambdaExpression' ? node.lastChild : node.getChild('Body');
  return { node, from: body?.from ?? node.from, to: node.to };
}

/** What makes a function, a decorator say, runs once; what it makes is served. */
function servedParts(node: SyntaxNode, { source }: ICodeCell): SyntaxNode[] {
  if (node.name !== 'FunctionDefinition') {
    return [node];
  }
  const inner = new Map<string, SyntaxNode>();
  const returned = new Set<string>();
  const lambdas: SyntaxNode[] = [];
  const visit = (at: SyntaxNode): void => {
    for (const child of children(at)) {
      const name = child.getChild('VariableName');
      if (child.name === 'FunctionDefinition') {
        inner.set(name ? source.slice(name.from, name.to) : '', child);
        continue;
      } else if (child.name === 'ReturnStatement') {
        const value = child.lastChild;
        if (value?.name === 'LambdaExpression') {
          lambdas.push(value);
        } else if (value?.name === 'VariableName') {
          returned.add(source.slice(value.from, value.to));
        }
      }
      if (/Statement$|^Body$/.test(child.name)) {
        visit(child);
      }
    }
  };
  visit(node);
  const made = [...inner]
    .filter(([name]) => returned.has(name))
    .map(([, child]) => child);
  return made.length + lambdas.length > 0 ? [...made, ...lambdas] : [node];
}

function methodsOf(node: SyntaxNode): SyntaxNode[] {
  const body = node.getChild('Body');
  return (body ? children(body) : []).flatMap(child => {
    const inner =
      child.name === 'DecoratedStatement'
        ? child.getChild('FunctionDefinition')
        : child;
    return inner?.name === 'FunctionDefinition' ? [inner] : [];
  });
}

function basesOf(node: SyntaxNode, { source }: ICodeCell): string {
  const list = node.getChild('ArgList');
  const text = list ? source.slice(list.from + 1, list.to - 1).trim() : '';
  return /^(?:object|ABC)$/.test(text) ? '' : text;
}

/** All attributes that a cell mentions. */
const attributesOf = perCell(({ tree, source }) => {
  const found: { name: string; at: number }[] = [];
  tree.iterate({
    enter: ({ name, from, to }) => {
      if (name === 'PropertyName') {
        found.push({ name: source.slice(from, to), at: from });
      }
    }
  });
  return found;
});
