import type { SyntaxNode } from '@lezer/common';

import { callsOf, isGlobalUse, resolve } from '../analysis/calls';
import type { ICall } from '../analysis/calls';
import { linksOf } from '../analysis/link';
import { perCell } from '../analysis/memo';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { servedCells, servedRegionAt } from '../analysis/served-regions';
import { assignmentOf, children } from '../python/tree';
import type { IRange } from '../types';
import type { IRule } from './rule';
import { pathText } from './text';

/** Methods of lists, dicts, sets and the like that change them. */
const CHANGING =
  /^(?:append|appendleft|extend|extendleft|insert|update|add|pop|popleft|popitem|setdefault|remove|discard|clear|sort|reverse|rotate|subtract|difference_update|intersection_update|symmetric_difference_update|move_to_end)$/;

const CONTAINERS = new Set([
  'list',
  'dict',
  'set',
  'bytearray',
  'collections.deque',
  'collections.defaultdict',
  'collections.Counter',
  'collections.OrderedDict'
]);

export const globalChanged: IRule = {
  code: 'SLP309',
  name: 'global-changed',
  severity: 'warning',
  summary: 'A prediction changes a global.',
  *check(notebook) {
    for (const cell of servedCells(notebook)) {
      const seen = new Set<string>();
      for (const { name, range } of changesIn(cell, notebook)) {
        const region = servedRegionAt(notebook, cell, range.from);
        const key = region ? `${region.from} ${name}` : '';
        if (region && !seen.has(key)) {
          seen.add(key);
          yield isCounter(name, notebook)
            ? {
                severity: 'hint',
                message: `${pathText(region.path)} counts in the global \`${name}\`. Each worker of a service counts for itself, and anew when it starts: no answer depends on it, but it is not the number of all requests.`,
                cellIndex: cell.index,
                range
              }
            : {
                message: `${pathText(region.path)} changes the global \`${name}\`. Each worker of a service has its own copy, so answers would depend on earlier requests: return what is new, and keep globals as they are.`,
                cellIndex: cell.index,
                range
              };
        }
      }
    }
  }
};

/** Whether served code does nothing with a global but add numbers to it. */
function isCounter(name: string, notebook: INotebookAnalysis): boolean {
  return servedCells(notebook).every(cell =>
    cell.events.every(
      event =>
        event.name !== name ||
        !event.isDeferred ||
        !servedRegionAt(notebook, cell, event.from) ||
        addsNumber(cell, event.from, name)
    )
  );
}

/** Whether a place stands in `name += 1` or `name = name + 1`. */
function addsNumber(
  { tree, source }: ICodeCell,
  at: number,
  name: string
): boolean {
  let node: SyntaxNode | null = tree.resolveInner(at, 1);
  while (node && !/^(?:Update|Assign)Statement$/.test(node.name)) {
    node = node.parent;
  }
  const text = node
    ? source.slice(node.from, node.to).replace(/#.*|\s+/g, '')
    : '';
  const sum = text.startsWith(`${name}=${name}`)
    ? text.slice(2 * name.length + 1)
    : text.slice(name.length).replace('=', '');
  return text.startsWith(name) && /^[+-][\d.]+$/.test(sum);
}

interface IChange {
  name: string;
  range: IRange;
}

function changesIn(cell: ICodeCell, notebook: INotebookAnalysis): IChange[] {
  const { events, source } = cell;
  const changes: IChange[] = events
    .filter(
      ({ kind, isDeferred, origin }) =>
        kind === 'definition' && isDeferred && origin?.kind !== 'import'
    )
    .map(({ name, from, to }) => ({ name, range: { from, to } }));
  for (const { root, node } of storesOf(cell)) {
    const name = source.slice(root.from, root.to);
    if (isGlobalUse(cell, root) && isObject(name, notebook)) {
      changes.push({ name, range: { from: node.from, to: node.to } });
    }
  }
  for (const { node, root, words } of changingCallsOf(cell)) {
    if (isGlobalUse(cell, root) && isContainer(words[0], notebook)) {
      const to = node.firstChild?.to ?? node.to;
      changes.push({ name: words[0], range: { from: node.from, to } });
    }
  }
  return changes.sort((a, b) => a.range.from - b.range.from);
}

/** What is changed through a global: `a` of `a[0] = 1`, `a.b += 1` and `del a.b[0]`. */
const storesOf = perCell(({ tree }) => {
  const stores: { root: SyntaxNode; node: SyntaxNode }[] = [];
  const add = (node: SyntaxNode) => {
    let root: SyntaxNode | null = node;
    while (root?.name === 'MemberExpression') {
      root = root.firstChild;
    }
    if (node.name === 'MemberExpression' && root?.name === 'VariableName') {
      stores.push({ root, node });
    } else if (/^(?:Tuple|Array|Parenthesized)Expression$/.test(node.name)) {
      children(node).forEach(add);
    }
  };
  tree.iterate({
    enter: cursor => {
      const { name } = cursor;
      if (name === 'AssignStatement') {
        const { targets, value } = assignmentOf(cursor.node);
        if (value) {
          targets.flat().forEach(add);
        }
      } else if (name === 'UpdateStatement' && cursor.node.firstChild) {
        add(cursor.node.firstChild);
      } else if (name === 'DeleteStatement') {
        children(cursor.node).forEach(add);
      }
    }
  });
  return stores;
});

const changingCallsOf = perCell((cell): ICall[] =>
  callsOf(cell).filter(
    ({ words }) => words.length === 2 && CHANGING.test(words[1])
  )
);

/** Whether a name stands for an object that the notebook made: settings of modules are another matter. */
function isObject(name: string, notebook: INotebookAnalysis): boolean {
  const place = linksOf(notebook).final.get(name);
  return place !== undefined && place.event.origin?.kind !== 'import';
}

function isContainer(name: string, notebook: INotebookAnalysis): boolean {
  const place = linksOf(notebook).final.get(name);
  const origin = place?.event.origin;
  if (!place || origin?.kind !== 'value' || origin.nodes.length !== 1) {
    return false;
  }
  const [value] = origin.nodes;
  if (value.name === 'CallExpression') {
    const call = callsOf(place.cell).find(
      ({ node }) => node.from === value.from && node.to === value.to
    );
    const path = call && resolve(call, place.cell, notebook);
    return path !== undefined && CONTAINERS.has(path);
  }
  return /^(?:Array|Dictionary|Set)(?:Comprehension)?Expression$/.test(
    value.name
  );
}
