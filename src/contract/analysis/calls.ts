/** Calls by the dotted name of what is called, imports followed: `pd.read_csv` is `pandas.read_csv`. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import { namesOfCell } from './cell-names';
import { isKnownName } from './known-names';
import { linksOf } from './link';
import type { IPlace } from './link';
import { perCell, perNotebook } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';
import { importedNames } from './statements';

/** A dotted expression; a call within it is written `()`, as in `pathlib.Path().open`. */
export interface IDotted {
  /** The name it begins with. */
  root: SyntaxNode;
  words: ReadonlyArray<string>;
}

export interface ICall extends IDotted {
  node: SyntaxNode;
}

/** A call with the dotted name that its callee has once imports are followed. */
export interface IResolvedCall {
  cell: ICodeCell;
  call: ICall;
  path: string;
}

/** Takes a dotted expression apart; undefined where it is none. */
export function dotted(node: SyntaxNode, source: string): IDotted | undefined {
  const words: string[] = [];
  let at: SyntaxNode | null = node;
  let suffix = '';
  // A longer chain is nobody's path, and each of its calls would be followed to its beginning.
  for (let depth = 0; at && depth < 40; depth++) {
    if (at.name === 'VariableName') {
      words.unshift(source.slice(at.from, at.to) + suffix);
      return { root: at, words };
    } else if (at.name === 'CallExpression') {
      suffix = `()${suffix}`;
    } else if (
      at.name === 'MemberExpression' &&
      at.lastChild?.name === 'PropertyName'
    ) {
      words.unshift(source.slice(at.lastChild.from, at.lastChild.to) + suffix);
      suffix = '';
    } else {
      return undefined;
    }
    at = at.firstChild;
  }
  return undefined;
}

/** All calls of a dotted name, in document order. */
export const callsOf = perCell(({ inventory, source }): ICall[] =>
  inventory.calls.flatMap(node => {
    const callee = node.firstChild && dotted(node.firstChild, source);
    return callee ? [{ node, ...callee }] : [];
  })
);

/** Where global names are used. */
const globalUses = perCell(
  ({ events }) =>
    new Set(events.filter(({ kind }) => kind === 'use').map(({ from }) => from))
);

/** Whether a name that stands in a cell is one of the notebook's globals. */
export function isGlobalUse(cell: ICodeCell, node: SyntaxNode): boolean {
  return globalUses(cell).has(node.from);
}

/** What imports within functions make: name to path. */
const localImports = perCell(({ inventory, source }): Map<string, string> => {
  const found = new Map<string, string>();
  for (const node of inventory.imports) {
    for (const { node: bound, path } of importedNames(node, source).names) {
      found.set(source.slice(bound.from, bound.to), path);
    }
  }
  return found;
});

/**
 * The path that a dotted expression stands for. Builtins stand for themselves. Undefined where a
 * value of the notebook is behind it.
 */
export function resolve(
  { root, words }: IDotted,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): string | undefined {
  const path = resolveName(root, cell, notebook, 4);
  if (path === undefined || (words.length === 1 && path === words[0])) {
    return path;
  }
  const call = /(?:\(\))*$/.exec(words[0])?.[0] ?? '';
  return canonical([path + call, ...words.slice(1)].join('.'));
}

function resolveName(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis,
  depth: number
): string | undefined {
  const name = cell.source.slice(node.from, node.to);
  if (!isGlobalUse(cell, node)) {
    return localImports(cell).get(name);
  }
  const place = linksOf(notebook).final.get(name);
  if (!place) {
    return isKnownName(name) || name === 'raw_input' ? name : undefined;
  }
  const { origin } = place.event;
  if (origin?.kind === 'import') {
    return origin.path;
  } else if (origin?.kind === 'value' && origin.nodes.length === 1 && depth) {
    // A short name for a module or a function: `K = keras.backend`.
    const [value] = origin.nodes;
    const isName = /^(?:VariableName|MemberExpression)$/.test(value.name);
    const other = isName ? dotted(value, place.cell.source) : undefined;
    if (other && other.words.every(word => !word.endsWith(')'))) {
      const path = resolveName(other.root, place.cell, notebook, depth - 1);
      return path && [path, ...other.words.slice(1)].join('.');
    }
  }
  return undefined;
}

function canonical(path: string): string {
  return path.replace(/^tensorflow\.(?:python\.)?keras\b/, 'keras');
}

/** A search for calls of functions that have these paths. Fast: only calls with their last words are looked at. */
export function callFinder(
  paths: Iterable<string>
): (cell: ICodeCell, notebook: INotebookAnalysis) => IResolvedCall[] {
  const wanted = new Set(paths);
  const last = new Set([...wanted].map(lastWord));
  const find = matchingCalls(word => last.has(word));
  return (cell, notebook) =>
    find(cell, notebook).filter(({ path }) => wanted.has(path));
}

/** A search for calls by the last word of what is called. */
export function matchingCalls(
  matches: (last: string) => boolean
): (cell: ICodeCell, notebook: INotebookAnalysis) => IResolvedCall[] {
  const renamed = renamedTo(matches);
  const direct = perCell(cell =>
    callsOf(cell).filter(({ words }) => matches(words[words.length - 1]))
  );
  return (cell, notebook) => {
    const others = renamed(notebook);
    const calls = others.size
      ? callsOf(cell).filter(({ words }) => {
          const word = words[words.length - 1];
          return matches(word) || (words.length === 1 && others.has(word));
        })
      : direct(cell);
    const found: IResolvedCall[] = [];
    for (const call of calls) {
      const path = resolve(call, cell, notebook);
      if (path !== undefined) {
        found.push({ cell, call, path });
      }
    }
    return found;
  };
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** Names of a notebook for what has another last word that is looked for. */
export function renamedTo(
  matches: (last: string) => boolean
): (notebook: INotebookAnalysis) => ReadonlySet<string> {
  return perNotebook(
    notebook =>
      new Set(
        renamedImports(notebook)
          .filter(([, path]) => matches(lastWord(path)))
          .map(([name]) => name)
      )
  );
}

/** What `from a import b as c` and `c = b` rename: other names hide their last words from a search. */
const renamedImports = perNotebook((notebook): [string, string][] =>
  notebook.code.flatMap(cell => renamedInCell(cell))
);

const renamedInCell = perCell(({ events, source }): [string, string][] => {
  const renamed: [string, string][] = [];
  for (const { name, kind, origin } of events) {
    if (kind === 'definition' && origin?.kind === 'import') {
      if (lastWord(origin.path) !== name && origin.path.includes('.')) {
        renamed.push([name, origin.path]);
      }
    } else if (origin?.kind === 'value' && origin.nodes.length === 1) {
      const [{ name: value, from, to }] = origin.nodes;
      if (value === 'VariableName' || value === 'MemberExpression') {
        renamed.push([name, source.slice(from, to)]);
      }
    }
  }
  return renamed;
});

export interface IArguments {
  positional: ReadonlyArray<SyntaxNode>;
  keywords: ReadonlyMap<string, SyntaxNode>;
  /** Whether some come from a `*` or `**`. */
  isOpen: boolean;
}

const knownArguments = new WeakMap<SyntaxNode, IArguments>();

/** The arguments of a call, computed once for each node object. */
export function argumentsOf(call: SyntaxNode, cell: ICodeCell): IArguments {
  let known = knownArguments.get(call);
  if (!known) {
    known = readArguments(call, cell);
    knownArguments.set(call, known);
  }
  return known;
}

function readArguments(call: SyntaxNode, { source }: ICodeCell): IArguments {
  const list = call.getChild('ArgList');
  const positional: SyntaxNode[] = [];
  const keywords = new Map<string, SyntaxNode>();
  let isOpen = false;
  let item: SyntaxNode[] = [];
  for (const part of list ? children(list).slice(1) : []) {
    if (part.name !== ',' && part.name !== ')') {
      item.push(part);
      continue;
    }
    const [first, operator, value] = item;
    if (first?.name === '*' || first?.name === '**') {
      isOpen = true;
    } else if (operator?.name === 'AssignOp' && value) {
      keywords.set(source.slice(first.from, first.to), value);
    } else if (first) {
      positional.push(first);
    }
    item = [];
  }
  return { positional, keywords, isOpen };
}

/** The function or lambda whose running runs a node; undefined where that is the cell's. */
export function functionAround(node: SyntaxNode): SyntaxNode | undefined {
  let inner = node;
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (
      (outer.name === 'FunctionDefinition' && inner.name === 'Body') ||
      (outer.name === 'LambdaExpression' && inner.name !== 'ParamList')
    ) {
      return outer;
    }
    inner = outer;
  }
  return undefined;
}

const BRANCH = /^(?:If|Try|While|Match)Statement$|^ConditionalExpression$/;

/** Whether a node may be skipped, or its failure handled, within the function or cell that it is a part of. */
export function isConditional(node: SyntaxNode): boolean {
  const around = functionAround(node);
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (outer.from === around?.from && outer.name === around.name) {
      return false;
    } else if (
      BRANCH.test(outer.name) ||
      (outer.name === 'BinaryExpression' &&
        (outer.getChild('or') ?? outer.getChild('and')))
    ) {
      return true;
    }
  }
  return false;
}

/** Global functions that cells call as they run, with one such call. */
const calledNames = perCell(({ events }): Set<string> => {
  const names = new Set<string>();
  for (const { kind, isCall, isDeferred, unit, name } of events) {
    if (kind === 'use' && isCall && !isDeferred && unit < 0) {
      names.add(name);
    }
  }
  return names;
});

/** Where the code around a node runs with a cell: its own, or one that calls the function it stands in. */
export function runsWith(
  node: SyntaxNode,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): ICodeCell | undefined {
  const around = functionAround(node);
  const name = around?.getChild('VariableName');
  if (!around) {
    return cell;
  } else if (
    around.name !== 'FunctionDefinition' ||
    !name ||
    functionAround(around) ||
    around.parent?.parent?.name === 'ClassDefinition'
  ) {
    return undefined;
  }
  const text = cell.source.slice(name.from, name.to);
  return notebook.code.find(
    other => other.index >= cell.index && calledNames(other).has(text)
  );
}

/** The definition of a global name that holds where a node runs, as far as the source shows. */
export function definitionAt(
  node: SyntaxNode,
  name: string,
  cell: ICodeCell,
  notebook: INotebookAnalysis
): IPlace | undefined {
  if (functionAround(node)) {
    return linksOf(notebook).final.get(name);
  }
  const { code } = notebook;
  const final = linksOf(notebook).final.get(name);
  if (final && final.cell.index < cell.index && !final.event.isDeferred) {
    return final;
  }
  for (let index = code.indexOf(cell); index >= 0; index--) {
    const other = code[index];
    if (!namesOfCell(other).first.has(name)) {
      continue;
    }
    const event = lastDefinition(other, name, other === cell ? node.from : -1);
    if (event) {
      return { cell: other, event };
    }
  }
  return undefined;
}

function lastDefinition({ events }: ICodeCell, name: string, before: number) {
  let found: IPlace['event'] | undefined;
  for (const event of events) {
    if (
      event.kind === 'definition' &&
      event.name === name &&
      !event.isDeferred &&
      (before < 0 || event.to <= before)
    ) {
      found = event;
    }
  }
  return found;
}
