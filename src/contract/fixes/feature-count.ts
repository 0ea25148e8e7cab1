/** How many numbers a sample has, where the notebook shows what its models are trained on. */

import type { SyntaxNode } from '@lezer/common';

import {
  argumentsOf,
  callsOf,
  definitionAt,
  isGlobalUse
} from '../analysis/calls';
import { perCell } from '../analysis/memo';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { unwrapped } from '../analysis/written';
import { children } from '../python/tree';

/** More numbers than this would hide the cell that they stand in. */
const MOST_FEATURES = 200;

/** What scikit-learn loads or makes, by the number of features that it has if nobody says another. */
const DATA_SETS = new Map([
  ['load_iris', 4],
  ['load_wine', 13],
  ['load_breast_cancer', 30],
  ['load_diabetes', 10],
  ['load_digits', 64],
  ['load_linnerud', 3],
  ['fetch_california_housing', 8],
  ['make_moons', 2],
  ['make_circles', 2],
  ['make_blobs', 2],
  ['make_classification', 20],
  ['make_regression', 100]
]);

/** Those whose number of features is their second argument. */
const SIZED = /^make_(?:blobs|classification|regression)$/;

/** Methods and attributes that leave the columns as they are. */
const SAME = /^(?:data|values|to_numpy|copy|astype|sample|fillna)$/;

/** Functions whose first argument has the columns of what they give. */
const PASSING = /^(?:train_test_split|array|asarray|DataFrame|shuffle)$/;

const DEPTH = 12;

/** The features of what models are trained on; undefined where one of them shows none, or they differ. */
export function trainedFeatures(
  notebook: INotebookAnalysis
): number | undefined {
  let features: number | undefined;
  for (const cell of notebook.code) {
    if (changesColumns(cell).itself) {
      return undefined;
    }
    for (const { node } of fitsIn(cell)) {
      const [data] = argumentsOf(node, cell).positional;
      const count = data && columnsOf(data, cell, notebook, DEPTH);
      if (!count || (features !== undefined && features !== count)) {
        return undefined;
      }
      features = count;
    }
  }
  return features;
}

const fitsIn = perCell(cell =>
  callsOf(cell).filter(({ words }) =>
    /^fit(?:_predict|_transform)?$/.test(words[words.length - 1])
  )
);

/** Whether a cell changes the columns of something where it lies. */
const changesColumns = perCell(({ source }) => ({
  itself:
    /\binplace\s*=\s*True\b|\.(?:pop|insert)\(\s*['"\d]|^[ \t]*\w+[ \t]*\[[ \t]*['"][^\]]*\]\s*=(?!=)|^[ \t]*del\s+\w+\[/m.test(
      source
    )
}));

/** The number of columns of an expression, as far as the source shows. */
function columnsOf(
  expression: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis,
  depth: number
): number | undefined {
  if (depth === 0) {
    return undefined;
  }
  const node = unwrapped(expression);
  const of = (part: SyntaxNode | null | undefined) =>
    part ? columnsOf(part, cell, notebook, depth - 1) : undefined;
  switch (node.name) {
    case 'VariableName': {
      const origin = originOf(node, cell, notebook);
      return origin && columnsOf(origin.node, origin.cell, notebook, depth - 1);
    }
    case 'MemberExpression': {
      const [owner, bracket, key] = children(node);
      const text = key ? cell.source.slice(key.from, key.to) : '';
      return bracket?.name !== '['
        ? SAME.test(text)
          ? of(owner)
          : undefined
        : /^(?:0|['"]data['"])$/.test(text)
          ? of(owner)
          : namesListed(key, cell, notebook);
    }
    case 'CallExpression': {
      const { firstChild: callee } = node;
      const last = callee?.name === 'VariableName' ? callee : callee?.lastChild;
      const word = last ? cell.source.slice(last.from, last.to) : '';
      const [first, second] = argumentsOf(node, cell).positional;
      if (DATA_SETS.has(word)) {
        const said = argumentsOf(node, cell).keywords.get('n_features');
        const count = said ?? (SIZED.test(word) ? second : undefined);
        return count ? numberIn(count, cell, notebook) : DATA_SETS.get(word);
      } else if (PASSING.test(word)) {
        return of(first);
      } else if (SAME.test(word)) {
        return of(callee?.firstChild);
      }
      return /^(?:fit_)?transform$/.test(word) &&
        isScaler(callee?.firstChild, cell, notebook)
        ? of(first)
        : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether what transforms leaves the number of columns as it is. */
function isScaler(
  owner: SyntaxNode | null | undefined,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): boolean {
  if (owner?.name === 'VariableName') {
    const origin = originOf(owner, cell, notebook);
    return origin !== undefined && makesScaler(origin.node, origin.cell);
  }
  return owner ? makesScaler(owner, cell) : false;
}

function makesScaler({ from, to }: SyntaxNode, { source }: ICodeCell): boolean {
  return /^(?:\w+\.)*\w*Scaler\(/.test(source.slice(from, to));
}

/** What a global name is given, or what it is unpacked from. */
function originOf(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): { node: SyntaxNode; cell: ICodeCell } | undefined {
  const name = cell.source.slice(node.from, node.to);
  const place = isGlobalUse(cell, node)
    ? definitionAt(node, name, cell, notebook)
    : undefined;
  const origin = place?.event.origin;
  return place &&
    (origin?.kind === 'value' || origin?.kind === 'part') &&
    origin.nodes.length === 1
    ? { node: origin.nodes[0], cell: place.cell }
    : undefined;
}

/** How many names a literal list has, or the one that a name stands for. */
export function namesListed(
  node: SyntaxNode | undefined,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): number | undefined {
  if (node?.name === 'VariableName') {
    const origin = originOf(node, cell, notebook);
    return origin?.node.name === 'ArrayExpression'
      ? namesListed(origin.node, origin.cell, notebook)
      : undefined;
  } else if (node?.name !== 'ArrayExpression') {
    return undefined;
  }
  const items = children(node)
    .slice(1, -1)
    .filter(({ name }) => name !== ',');
  return items.every(({ name }) => name === 'String')
    ? bounded(items.length)
    : undefined;
}

/** A number, or that which a name is given. */
export function numberIn(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): number | undefined {
  if (node.name === 'VariableName') {
    const origin = originOf(node, cell, notebook);
    return origin?.node.name === 'Number'
      ? numberIn(origin.node, origin.cell, notebook)
      : undefined;
  }
  const text = cell.source.slice(node.from, node.to);
  return /^\d+$/.test(text) ? bounded(Number(text)) : undefined;
}

function bounded(count: number): number | undefined {
  return count > 0 && count <= MOST_FEATURES ? count : undefined;
}
