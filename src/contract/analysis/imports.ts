/** The modules that a cell imports. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import { perCell } from './memo';

export interface IImport {
  /** In dots, without those of a relative import. */
  module: string;
  /** How many dots a relative import begins with. */
  level: number;
  /** What `from … import` takes, by its own name; `*` among them. Empty for a plain import. */
  names: ReadonlyArray<string>;
  /** Where the module's name stands. */
  from: number;
  to: number;
  /** Whether its cell goes on without it: it stands in a `try` that handles what a missing module raises. */
  isGuarded: boolean;
  /** Whether it happens when a function runs. */
  isDeferred: boolean;
  /** Whether only type checkers see it. */
  isForTypes: boolean;
}

/** All imports, in document order. Those by a call, such as `importlib.import_module("x")`, are not seen. */
export const importsOf = perCell(({ inventory, source }): IImport[] =>
  inventory.imports.flatMap(node => readImport(node, source))
);

function readImport(node: SyntaxNode, source: string): IImport[] {
  const parts = children(node);
  const start = parts.findIndex(({ name }) => name === 'import');
  const around = surroundings(node, source);
  const items = itemsOf(parts.slice(start + 1), source);
  if (start <= 0) {
    return items.map(({ text, from, to }) => ({
      module: text,
      level: 0,
      names: [],
      from,
      to,
      ...around
    }));
  }
  const from = parts[1]?.from ?? node.from;
  const to = parts[start - 1].to;
  const path = source.slice(from, to).replace(/[\s\\]/g, '');
  const level = /^\.*/.exec(path)?.[0].length ?? 0;
  const names = items.map(({ text }) => text);
  return [{ module: path.slice(level), level, names, from, to, ...around }];
}

interface IItem {
  text: string;
  from: number;
  to: number;
}

/** What a list of imports names, without the names given by `as`. */
function itemsOf(parts: SyntaxNode[], source: string): IItem[] {
  const items: IItem[] = [];
  let item: IItem | undefined;
  let isAlias = false;
  for (const { name, from, to } of parts) {
    if (name === ',' || name === '(' || name === ')') {
      item = undefined;
      isAlias = false;
    } else if (name === 'as') {
      isAlias = true;
    } else if (!isAlias && item) {
      item.text += source.slice(from, to);
      item.to = to;
    } else if (!isAlias) {
      item = { text: source.slice(from, to), from, to };
      items.push(item);
    }
  }
  return items;
}

/** What tells where a notebook runs, and whether a module is there. */
const WHERE =
  /\b(?:sys\.modules|find_spec|\w*(?:colab|kaggle|databricks|sagemaker)\w*)\b/i;

/** Whether a branch is taken only in some places; `inner` is the part of the statement. */
function asksWhere(
  statement: SyntaxNode,
  inner: SyntaxNode,
  source: string
): boolean {
  const parts = children(statement);
  const at = parts.findIndex(({ from }) => from === inner.from);
  const test = parts[at - 1];
  return (
    inner.name === 'Body' &&
    test !== undefined &&
    WHERE.test(source.slice(test.from, test.to)) &&
    !/^\(?\s*not\b/.test(source.slice(test.from, test.to))
  );
}

const HANDLES =
  /\b(?:ImportError|ModuleNotFoundError|Exception|BaseException)\b/;

function surroundings(
  node: SyntaxNode,
  source: string
): Pick<IImport, 'isGuarded' | 'isDeferred' | 'isForTypes'> {
  let isGuarded = false;
  let isDeferred = false;
  let isForTypes = false;
  let inner = node;
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (outer.name === 'FunctionDefinition') {
      isDeferred = true;
    } else if (outer.name === 'TryStatement') {
      const parts = children(outer);
      const handlers = source.slice(parts[1]?.to ?? outer.to, outer.to);
      isGuarded ||=
        inner.from === parts[1]?.from &&
        (/\bexcept\s*:/.test(handlers) || HANDLES.test(handlers));
    } else if (outer.name === 'WithStatement') {
      const head = source.slice(outer.from, inner.from);
      isGuarded ||= /\bsuppress\s*\(/.test(head) && HANDLES.test(head);
    } else if (outer.name === 'IfStatement') {
      isGuarded ||= asksWhere(outer, inner, source);
      isForTypes ||= /^if\s+(?:\w+\.)?TYPE_CHECKING\b/.test(
        source.slice(outer.from, outer.from + 60)
      );
    }
    inner = outer;
  }
  return { isGuarded, isDeferred, isForTypes };
}
