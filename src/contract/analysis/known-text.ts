/** What text an expression gives, as far as the source shows: literals, constants, and what begins with them. */

import type { SyntaxNode } from '@lezer/common';

import { readLiteral } from '../python/literals';
import { children } from '../python/tree';
import {
  argumentsOf,
  definitionAt,
  dotted,
  isGlobalUse,
  resolve
} from './calls';
import type { ICodeCell, INotebookAnalysis } from './notebook';

export interface IKnownText {
  /** All of it, or what it begins with. */
  text: string;
  isWhole: boolean;
  /** The literal, or call, that it begins with, and its cell. */
  start: SyntaxNode;
  cell: ICodeCell;
}

/** Calls that give a path which begins as their first argument does. */
const PATHS = new Set([
  'os.path.join',
  'os.path.expanduser',
  'os.path.expandvars',
  'os.path.abspath',
  'os.path.normpath',
  'os.path.realpath',
  'os.fspath',
  'pathlib.Path',
  'pathlib.PurePath',
  'pathlib.PosixPath',
  'pathlib.WindowsPath',
  'str'
]);

const DEPTH = 6;

export function knownText(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis,
  depth = DEPTH
): IKnownText | undefined {
  if (depth === 0) {
    return undefined;
  }
  const known = (part: SyntaxNode) =>
    knownText(part, cell, notebook, depth - 1);
  switch (node.name) {
    case 'String':
    case 'FormatString':
    case 'ContinuedString':
      return knownLiteral(node, cell);
    case 'ParenthesizedExpression': {
      const inner = children(node)[1];
      return inner && known(inner);
    }
    case 'VariableName': {
      const name = cell.source.slice(node.from, node.to);
      const place = isGlobalUse(cell, node)
        ? definitionAt(node, name, cell, notebook)
        : undefined;
      const origin = place?.event.origin;
      return place && origin?.kind === 'value' && origin.nodes.length === 1
        ? knownText(origin.nodes[0], place.cell, notebook, depth - 1)
        : undefined;
    }
    case 'BinaryExpression': {
      const [left, operator, right] = children(node);
      const first = known(left);
      const sign = cell.source.slice(operator.from, operator.to);
      if (!first || !/^[+/%]$/.test(sign)) {
        return undefined;
      } else if (sign === '%' || !first.isWhole) {
        return {
          ...first,
          text: first.text.replace(/%.*$/s, ''),
          isWhole: false
        };
      }
      return joined([first, right && known(right)], sign === '/' ? '/' : '');
    }
    case 'CallExpression':
      return callText(node, cell, notebook, known);
    default:
      return undefined;
  }
}

function callText(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis,
  known: (part: SyntaxNode) => IKnownText | undefined
): IKnownText | undefined {
  const callee = node.firstChild;
  const name = callee && dotted(callee, cell.source);
  const path = name ? resolve(name, cell, notebook) : undefined;
  if (path === 'pathlib.Path.home') {
    return { text: '~', isWhole: true, start: node, cell };
  } else if (path && PATHS.has(path)) {
    const { positional } = argumentsOf(node, cell);
    return joined(positional.map(known), '/');
  }
  // "…{}".format(…)
  const format = callee?.name === 'MemberExpression' ? callee.lastChild : null;
  if (format && cell.source.slice(format.from, format.to) === 'format') {
    const first = callee?.firstChild ? known(callee.firstChild) : undefined;
    return (
      first && {
        ...first,
        text: first.text.replace(/\{.*$/s, ''),
        isWhole: false
      }
    );
  }
  return undefined;
}

function joined(
  parts: ReadonlyArray<IKnownText | undefined>,
  separator: string
): IKnownText | undefined {
  const [first, ...rest] = parts;
  if (!first) {
    return undefined;
  }
  let { text, isWhole } = first;
  for (const part of rest) {
    if (!isWhole || !part) {
      return { ...first, text, isWhole: false };
    }
    const isSeparated = separator === '' || text === '' || /[\\/]$/.test(text);
    text += (isSeparated ? '' : separator) + part.text;
    ({ isWhole } = part);
  }
  return { ...first, text, isWhole };
}

const knownLiterals = new WeakMap<SyntaxNode, { text?: IKnownText }>();

/** Read once for each node object. The cell may be another one of the same text. */
function knownLiteral(
  node: SyntaxNode,
  cell: ICodeCell
): IKnownText | undefined {
  let known = knownLiterals.get(node);
  if (!known) {
    known = { text: literalText(node, cell) };
    knownLiterals.set(node, known);
  }
  return known.text && { ...known.text, cell };
}

/** The text of a literal; of an f-string, what stands before its first field. */
function literalText(
  node: SyntaxNode,
  cell: ICodeCell
): IKnownText | undefined {
  const { source } = cell;
  const start = { start: node, cell };
  const parts = node.name === 'ContinuedString' ? children(node) : [node];
  const texts = parts.map((part): IKnownText | undefined => {
    if (part.name === 'FormatString') {
      const text = source.slice(part.from, part.to);
      const [, body] = /^[A-Za-z]+(?:'''|"""|'|")([^{]*)/.exec(text) ?? [];
      return body === undefined
        ? undefined
        : text.includes('{')
          ? { ...start, text: body, isWhole: false }
          : { ...start, text: body.replace(/['"]+$/, ''), isWhole: true };
    }
    const { literal } = readLiteral([part], source);
    // A comma behind an argument makes no tuple of it.
    const value = literal?.kind === 'sequence' ? literal.items[0] : literal;
    return value?.kind === 'string'
      ? { ...start, text: value.value, isWhole: true }
      : undefined;
  });
  return joined(texts, '');
}
