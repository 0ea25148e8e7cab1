/** Samples to begin with, of the shape that the notebook shows. */

import type { SyntaxNode } from '@lezer/common';

import { ownNodes } from '../analysis/bodies';
import type { IDefinition } from '../analysis/functions';
import { linksOf } from '../analysis/link';
import { perCell } from '../analysis/memo';
import { examplesOf } from '../analysis/samples';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { parametersOf } from '../analysis/parameters';
import { writtenFor } from '../analysis/written';
import { readLiteral } from '../python/literals';
import { children } from '../python/tree';
import type { IFix } from '../types';
import { plainFix } from './requirement-repairs';
import { replacement } from './requirements-list';

/** More numbers than this would hide the cell that they stand in. */
const MOST_FEATURES = 200;

/** For a notebook without samples; `predictor` is the definition that counts. */
export function sampleFixes(
  notebook: INotebookAnalysis,
  predictor: IDefinition
): IFix[] {
  const list = shownRows(notebook) ?? oneOf(shownSample(notebook, predictor));
  const { last } = examplesOf(notebook);
  if (last) {
    const { cell, value } = last.declaration;
    return last.state === 'empty' && list && value
      ? [
          plainFix(`Write ${short(list)}`, false, () => [
            replacement(cell, value[0], list)
          ])
        ]
      : [];
  }
  const source = list
    ? `examples = ${list}`
    : 'examples = [\n    # One sample as a request would bring it, such as [5.1, 3.5, 1.4, 0.2]\n]';
  return [
    plainFix(
      list ? `Declare examples as ${short(list)}` : 'Declare examples',
      false,
      () => [{ kind: 'insert', cellIndex: predictor.cell.index + 1, source }]
    )
  ];
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}

function oneOf(sample: string | undefined): string | undefined {
  return sample && `[${sample}]`;
}

/** Literal rows that some cell predicts for. */
function shownRows({ code }: INotebookAnalysis): string | undefined {
  for (const cell of code) {
    const { rows } = shownIn(cell);
    if (rows !== undefined) {
      return rows;
    }
  }
  return undefined;
}

/** What the text of a cell shows of samples. */
interface IShown {
  rows?: string;
  /** The number of features, or the name that has it. */
  count?: string;
  /** The number of features of the data that it loads. */
  loaded?: number;
}

const shownIn = perCell((cell): IShown => {
  const { source } = cell;
  const said = /\bn_features\s*=\s*(\w+)/.exec(source);
  const loader = /\b(?:load|fetch|make)_\w+(?=\()/.exec(source);
  return {
    rows: /\.predict\s*\(/.test(source) ? rowsIn(cell) : undefined,
    count: said?.[1],
    loaded: DATA_SETS.find(([name]) => name === loader?.[0])?.[1]
  };
});

function rowsIn({ source, tree }: ICodeCell): string | undefined {
  let rows: string | undefined;
  tree.iterate({
    enter: cursor => {
      if (cursor.name !== 'CallExpression') {
        return;
      }
      const callee = cursor.node.firstChild;
      const argument = soleArgument(cursor.node);
      if (
        argument &&
        callee?.name === 'MemberExpression' &&
        source.slice(callee.from, callee.to).endsWith('.predict') &&
        isRows(argument, source)
      ) {
        rows ??= source.slice(argument.from, argument.to);
      }
    }
  });
  return rows;
}

function soleArgument(call: SyntaxNode): SyntaxNode | undefined {
  const list = call.getChild('ArgList');
  const parts = list ? children(list).slice(1, -1) : [];
  return parts.length === 1 ? parts[0] : undefined;
}

function isRows(node: SyntaxNode, source: string): boolean {
  const { literal } = readLiteral([node], source);
  return (
    literal?.kind === 'sequence' &&
    literal.items.length > 0 &&
    literal.items.every(
      item =>
        item.kind === 'sequence' &&
        item.items.every(({ kind }) => kind === 'number' || kind === 'string')
    )
  );
}

/** A sample of the shape that functions and data show. */
function shownSample(
  notebook: INotebookAnalysis,
  predictor: IDefinition
): string | undefined {
  const { origin } = predictor.event;
  const keys =
    origin?.kind === 'function' ? keysRead(origin.node, predictor.cell) : [];
  if (keys.length > 0) {
    return `{${keys.map(key => `${key}: 0.0`).join(', ')}}`;
  }
  const count = featureCount(notebook);
  return count === undefined
    ? undefined
    : `[${Array<string>(count).fill('0.0').join(', ')}]`;
}

/** The text keys by which a function reads its sample, as written. */
function keysRead(node: SyntaxNode, { source }: ICodeCell): string[] {
  const [parameter] = parametersOf(node.getChild('ParamList'));
  const text = (part: SyntaxNode) => source.slice(part.from, part.to);
  const keys = new Set<string>();
  for (const member of ownNodes(node, /^MemberExpression$/)) {
    const [owner, bracket, key] = children(member);
    if (
      parameter &&
      owner?.name === 'VariableName' &&
      text(owner) === text(parameter.name) &&
      bracket?.name === '[' &&
      key?.name === 'String'
    ) {
      keys.add(text(key).replace(/^'([^'"\\]*)'$/, '"$1"'));
    }
  }
  return [...keys];
}

/** Data sets of scikit-learn, by the number of their features. */
const DATA_SETS: ReadonlyArray<readonly [name: string, features: number]> = [
  ['load_iris', 4],
  ['load_wine', 13],
  ['load_breast_cancer', 30],
  ['load_diabetes', 10],
  ['load_digits', 64],
  ['load_linnerud', 3],
  ['fetch_california_housing', 8],
  ['make_moons', 2],
  ['make_circles', 2]
];

/** How many numbers a sample has, where the notebook says it outright. */
function featureCount(notebook: INotebookAnalysis): number | undefined {
  const shown = notebook.code.map(shownIn);
  for (const count of [checkedLength(notebook), ...shown.map(it => it.count)]) {
    const number = count === undefined ? 0 : numberOf(count, notebook);
    if (number) {
      return number;
    }
  }
  return shown.find(({ loaded }) => loaded)?.loaded;
}

/** The length that `validator` asks for. */
function checkedLength(notebook: INotebookAnalysis): string | undefined {
  const written = writtenFor(notebook, 'validator');
  if (!written) {
    return undefined;
  }
  const { cell, node } = written;
  const source = cell.source.slice(node.from, node.to);
  return /\blen\(\w+\)\s*[!=]=\s*(\w+)/.exec(source)?.[1];
}

/** A number, or that which a name is given. */
function numberOf(
  word: string,
  notebook: INotebookAnalysis
): number | undefined {
  const place = linksOf(notebook).final.get(word);
  const origin = place?.event.origin;
  const value = origin?.kind === 'value' ? origin.nodes[0] : undefined;
  const text =
    place && value?.name === 'Number'
      ? place.cell.source.slice(value.from, value.to)
      : word;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  return count > 0 && count <= MOST_FEATURES ? count : undefined;
}
