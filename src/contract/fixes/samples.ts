/** Samples to begin with, of the shape that the notebook shows. */

import type { SyntaxNode } from '@lezer/common';

import { ownNodes } from '../analysis/bodies';
import { argumentsOf, callsOf } from '../analysis/calls';
import type { IDefinition } from '../analysis/functions';
import { perCell } from '../analysis/memo';
import { examplesOf, isJsonText } from '../analysis/samples';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { parametersOf } from '../analysis/parameters';
import { finalDefinition, writtenFor } from '../analysis/written';
import { readLiteral } from '../python/literals';
import { children } from '../python/tree';
import type { IFix } from '../types';
import { namesListed, numberIn, trainedFeatures } from './feature-count';
import { plainFix } from './requirement-repairs';
import { replacement } from './requirements-list';

/** For a notebook without samples; `predictor` is the definition that counts. */
export function sampleFixes(
  notebook: INotebookAnalysis,
  predictor: IDefinition
): IFix[] {
  const list =
    oneOf(calledWith(notebook)) ??
    shownRows(notebook) ??
    oneOf(shownSample(notebook));
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
    : 'examples = [\n    # One sample, as a request would bring it to the predictor\n]';
  return [
    plainFix(
      list ? `Declare examples as ${short(list)}` : 'Declare examples',
      false,
      () => [
        {
          kind: 'insert',
          cellIndex: predictor.cell.index + 1,
          source,
          declares: 'examples'
        }
      ]
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

const shownIn = perCell((cell): { rows?: string } => ({
  rows: /\.predict\s*\(/.test(cell.source) ? rowsIn(cell) : undefined
}));

function rowsIn(cell: ICodeCell): string | undefined {
  const { source } = cell;
  for (const { node, words } of callsOf(cell)) {
    const argument = soleArgument(node);
    const rows = argument && rowsOf(argument, cell);
    if (words[words.length - 1] === 'predict' && rows) {
      return source.slice(rows.from, rows.to);
    }
  }
  return undefined;
}

/** Literal rows, or those that a table or an array is made of. */
function rowsOf(node: SyntaxNode, cell: ICodeCell): SyntaxNode | undefined {
  if (node.name === 'CallExpression' && node.firstChild) {
    const maker = cell.source.slice(node.firstChild.from, node.firstChild.to);
    const [first] = argumentsOf(node, cell).positional;
    return /(?:^|\.)(?:DataFrame|array|asarray)$/.test(maker) && first
      ? rowsOf(first, cell)
      : undefined;
  }
  return isRows(node, cell.source) ? node : undefined;
}

function soleArgument(call: SyntaxNode): SyntaxNode | undefined {
  const list = call.getChild('ArgList');
  const parts = list ? children(list).slice(1, -1) : [];
  return parts.length === 1 ? parts[0] : undefined;
}

function isRows(node: SyntaxNode, source: string): boolean {
  const read = readLiteral([node], source).literal;
  // Before a comma it is read as the first of several.
  const literal =
    node.nextSibling?.name === ',' && read?.kind === 'sequence'
      ? read.items[0]
      : read;
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

/** What some cell calls the function with that `predictor` is another name of. */
function calledWith(notebook: INotebookAnalysis): string | undefined {
  const place = finalDefinition(notebook, 'predictor');
  const origin = place?.event.origin;
  const [value] = origin?.kind === 'value' ? origin.nodes : [];
  if (!place || value?.name !== 'VariableName') {
    return undefined;
  }
  const name = place.cell.source.slice(value.from, value.to);
  for (const cell of notebook.code) {
    for (const { node, words } of callsOf(cell)) {
      const sample = words.length === 1 ? soleArgument(node) : undefined;
      if (words[0] === name && sample && isJsonText(sample, cell)) {
        return cell.source.slice(sample.from, sample.to);
      }
    }
  }
  return undefined;
}

/** A sample of the shape that functions and data show. */
function shownSample(notebook: INotebookAnalysis): string | undefined {
  const written = writtenFor(notebook, 'predictor');
  const keys = written ? keysRead(written.node, written.cell) : [];
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

/** How many numbers a sample has, where the notebook says it outright. */
function featureCount(notebook: INotebookAnalysis): number | undefined {
  return (
    checkedLength(notebook) ??
    columnsGiven(notebook) ??
    trainedFeatures(notebook)
  );
}

/** The length that `validator` asks for. */
function checkedLength(notebook: INotebookAnalysis): number | undefined {
  const written = writtenFor(notebook, 'validator');
  if (!written) {
    return undefined;
  }
  const { cell, node } = written;
  const [comparison] = ownNodes(node, /^BinaryExpression$/).filter(
    ({ from, to }) =>
      /^len\(\w+\)\s*[!=]=\s*\w+$/.test(cell.source.slice(from, to))
  );
  return comparison?.lastChild
    ? numberIn(comparison.lastChild, cell, notebook)
    : undefined;
}

/** The columns of the table that `predictor` makes of a sample, as in `DataFrame([x], columns=NAMES)`. */
function columnsGiven(notebook: INotebookAnalysis): number | undefined {
  const written = writtenFor(notebook, 'predictor');
  for (const call of written
    ? ownNodes(written.node, /^CallExpression$/)
    : []) {
    const { cell } = written!;
    const { positional, keywords } = argumentsOf(call, cell);
    const [rows] = positional;
    if (
      /\bDataFrame\s*\(/.test(cell.source.slice(call.from, rows?.from)) &&
      /^\[\s*\w+\s*\]$/.test(cell.source.slice(rows?.from, rows?.to))
    ) {
      const count = namesListed(keywords.get('columns'), cell, notebook);
      if (count) {
        return count;
      }
    }
  }
  return undefined;
}
