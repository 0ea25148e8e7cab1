import { isAsync, isGenerator } from '../analysis/bodies';
import type { SyntaxNode } from '@lezer/common';

import { argumentsOf, dotted, resolve } from '../analysis/calls';
import { linksOf } from '../analysis/link';
import type { IPlace } from '../analysis/link';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { servingOf } from '../analysis/serving';
import { UNPICKLABLE } from '../analysis/unpicklable';
import { children } from '../python/tree';
import type { IRule } from './rule';
import { cellName, pathText } from './text';

export const notPicklable: IRule = {
  code: 'SLP310',
  name: 'not-picklable',
  severity: 'error',
  summary: 'A prediction needs an object that cannot leave the notebook.',
  *check(notebook) {
    const findings = [];
    for (const served of servingOf(notebook).globals.values()) {
      const { name, definition, use } = served;
      const what = definition && unpicklable(definition, notebook, 4);
      if (what) {
        const { cell, event } = definition;
        const where =
          use.cell.index === cell.index
            ? ''
            : ` in ${cellName(use.cell.index)}`;
        findings.push({
          message: `\`${name}\` holds ${what}, which cannot be taken out of the notebook, and ${pathText(served.path)} needs it${where}. Make it inside the function that uses it.`,
          cellIndex: cell.index,
          range: { from: event.from, to: event.to }
        });
      }
    }
    yield* findings.sort(
      (a, b) => a.cellIndex - b.cellIndex || a.range.from - b.range.from
    );
  }
};

/** What a name stands for, if that does not pickle. */
function unpicklable(
  { cell, event }: IPlace,
  notebook: INotebookAnalysis,
  depth: number
): string | undefined {
  const { origin } = event;
  if (origin?.kind === 'context') {
    return contextValue(origin.node, cell, notebook);
  } else if (origin?.kind === 'value' && origin.nodes.length === 1) {
    return unpicklableValue(origin.nodes[0], cell, notebook, depth);
  }
  return undefined;
}

/** Behind its `with`, a file is closed, and no closed file pickles. */
function contextValue(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): string | undefined {
  const path = calledPath(node, cell, notebook);
  if (
    path &&
    /^(?:(?:io|codecs)\.)?open$|^pathlib\.Path\(\)\.open$/.test(path)
  ) {
    return 'a file that is closed by then';
  }
  return path && UNPICKLABLE.get(path);
}

function unpicklableValue(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis,
  depth: number
): string | undefined {
  if (depth === 0) {
    return undefined;
  }
  const inner = (part: SyntaxNode) =>
    unpicklableValue(part, cell, notebook, depth - 1);
  switch (node.name) {
    case 'ComprehensionExpression':
      return 'a generator';
    case 'ParenthesizedExpression':
    case 'ArrayExpression':
    case 'TupleExpression':
    case 'SetExpression':
    case 'DictionaryExpression':
      return children(node).map(inner).find(Boolean);
    case 'VariableName': {
      const name = cell.source.slice(node.from, node.to);
      const place = linksOf(notebook).final.get(name);
      return place && unpicklable(place, notebook, depth - 1);
    }
    case 'CallExpression':
      return madeByCall(node, cell, notebook);
    default:
      return undefined;
  }
}

function madeByCall(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): string | undefined {
  const path = calledPath(node, cell, notebook);
  if (path === 'open' || path === 'io.open') {
    const { positional, keywords } = argumentsOf(node, cell);
    const mode = positional[1] ?? keywords.get('mode');
    const text = mode ? cell.source.slice(mode.from, mode.to) : '';
    return /String$/.test(mode?.name ?? '') && /[bwax+]/.test(text)
      ? 'an open file'
      : undefined;
  } else if (path) {
    return UNPICKLABLE.get(path);
  }
  const callee = node.firstChild;
  if (callee?.name !== 'VariableName') {
    return undefined;
  }
  const name = cell.source.slice(callee.from, callee.to);
  const maker = linksOf(notebook).final.get(name);
  const origin = maker?.event.origin;
  if (!maker) {
    return undefined;
  } else if (origin?.kind === 'function' && !origin.isDecorated) {
    const { node: body } = origin;
    return !isAsync(body) && isGenerator(body, maker.cell.source)
      ? 'a generator'
      : undefined;
  } else if (origin?.kind === 'class') {
    return attributeOf(origin.node, maker.cell, notebook);
  }
  return undefined;
}

function calledPath(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): string | undefined {
  const callee = node.name === 'CallExpression' ? node.firstChild : null;
  const name = callee && dotted(callee, cell.source);
  return name ? resolve(name, cell, notebook) : undefined;
}

/** What a constructor puts into an object; one that says how it pickles is taken at its word. */
function attributeOf(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): string | undefined {
  const text = cell.source.slice(node.from, node.to);
  if (/\b__(?:getstate|reduce|reduce_ex|getnewargs)__\b/.test(text)) {
    return undefined;
  }
  let found: string | undefined;
  const body = node.getChild('Body');
  const constructor = (body ? children(body) : []).find(
    child =>
      child.name === 'FunctionDefinition' &&
      /^def\s+__init__\b/.test(cell.source.slice(child.from, child.from + 40))
  );
  constructor?.cursor().iterate(({ name, node: at }) => {
    if (name === 'AssignStatement' && !found) {
      const [target, operator, value] = children(at);
      const isAttribute = /^self\.\w+$/.test(
        cell.source.slice(target.from, target.to)
      );
      if (isAttribute && operator?.name === 'AssignOp' && value) {
        found =
          value.name === 'ComprehensionExpression'
            ? 'a generator'
            : UNPICKLABLE.get(calledPath(value, cell, notebook) ?? '');
      }
    }
    return !/^(?:LambdaExpression|ClassDefinition)$/.test(name);
  });
  return found;
}
