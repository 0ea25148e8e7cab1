/** Statements whose code need not run: which names have a value behind them. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import type { Flow } from './flow';
import type { NameRecorder } from './recorder';
import { handlesMissingName } from './statements';

/** What these functions need of the collector. */
export type BranchVisitor = Pick<
  NameRecorder,
  'flow' | 'onBranch' | 'onPath' | 'guarded' | 'bind' | 'text'
> & { visit(node: SyntaxNode): void };

/** Conditions that hold in a notebook. */
const ALWAYS = /^\(*\s*(?:True|1|__name__\s*==\s*(['"])__main__\1)\s*\)*$/;

export function visitIf(node: SyntaxNode, visitor: BranchVisitor): void {
  const parts = children(node);
  const paths: Flow[] = [];
  let past = true;
  let isFirst = true;
  for (const [index, part] of parts.entries()) {
    if (part.name !== 'Body') {
      if (!/^(?:if|elif|else)$/.test(part.name)) {
        visitor.visit(part);
      }
      continue;
    }
    const before = parts[index - 1];
    const isElse = before?.name === 'else';
    if (isFirst && ALWAYS.test(visitor.text(before ?? part))) {
      visitor.visit(part);
      past = false;
      // What else there is never runs.
      parts.slice(index + 1).forEach(rest => {
        if (rest.name === 'Body') {
          visitor.guarded(true, () =>
            visitor.onBranch(() => visitor.visit(rest))
          );
        }
      });
      return;
    }
    isFirst = false;
    past &&= !isElse;
    paths.push(visitor.onBranch(() => visitor.visit(part)));
  }
  visitor.flow.join(past ? [...paths, visitor.flow] : paths);
}

export function visitTry(node: SyntaxNode, visitor: BranchVisitor): void {
  const parts = children(node);
  const bodies = parts.flatMap((part, index) =>
    part.name === 'Body' ? [index] : []
  );
  const isGuarded = handlesMissingName(parts, part => visitor.text(part));
  const start = visitor.flow;
  const body = start.branch();
  const handlers: Flow[] = [];
  let from = 0;
  for (const at of bodies) {
    const head = parts.slice(from, at);
    from = at + 1;
    switch (head[0]?.name) {
      case 'try':
        visitor.guarded(isGuarded, () =>
          visitor.onPath(() => visitor.visit(parts[at]), body)
        );
        break;
      case 'else':
        visitor.onPath(() => visitor.visit(parts[at]), body);
        break;
      case 'finally':
        start.join([body, ...handlers]);
        visitor.guarded(true, () =>
          visitor.onBranch(() => visitor.visit(parts[at]), start)
        );
        return;
      default:
        handlers.push(visitHandler(head, parts[at], visitor, body));
    }
  }
  start.join([body, ...handlers]);
}

/** An `except`: what it is for, and what runs then. Its name is gone behind it. */
function visitHandler(
  head: SyntaxNode[],
  body: SyntaxNode,
  visitor: BranchVisitor,
  tried: Flow
): Flow {
  const path = visitor.flow.branch();
  // How far the `try` came, nobody knows.
  for (const [name, state] of tried.changes) {
    const isNew = state === 'bound' && path.get(name) !== 'bound';
    path.set(name, isNew ? 'maybe' : state);
  }
  return visitor.onBranch(() => {
    let name: SyntaxNode | undefined;
    head.slice(1).forEach((part, index, rest) => {
      if (rest[index - 1]?.name === 'as') {
        name = part;
      } else {
        visitor.visit(part);
      }
    });
    const text = name && visitor.text(name);
    const before = text === undefined ? 'unbound' : path.get(text);
    if (name) {
      visitor.bind(name);
    }
    visitor.visit(body);
    if (text !== undefined && path.get(text) === 'bound') {
      path.set(text, before);
    }
  }, path);
}

export function visitMatch(node: SyntaxNode, visitor: BranchVisitor): void {
  const paths: Flow[] = [];
  let past = true;
  for (const part of children(node)) {
    if (part.name !== 'MatchBody') {
      visitor.visit(part);
      continue;
    }
    for (const clause of part.getChildren('MatchClause')) {
      const head = children(clause).filter(({ name }) => name !== 'Body');
      past &&= !(
        head[1]?.name === 'CapturePattern' && !clause.getChild('Guard')
      );
      paths.push(visitor.onBranch(() => visitor.visit(clause)));
    }
  }
  visitor.flow.join(past ? [...paths, visitor.flow] : paths);
}

/** `a if b else c`, `a and b`, `a or b`: all but what is evaluated first may be skipped. */
export function visitChoice(node: SyntaxNode, visitor: BranchVisitor): void {
  const parts = children(node);
  const first = node.name === 'ConditionalExpression' ? parts[2] : parts[0];
  if (first) {
    visitor.visit(first);
  }
  visitor.onBranch(() => {
    parts
      .filter(part => part !== first)
      .forEach(part => {
        visitor.visit(part);
      });
    // A name that a choice makes is taken for made.
  }, visitor.flow);
}

const ENDS =
  /^(?:(?:sys\s*\.\s*)?exit|quit|os\s*\.\s*(?:_exit|abort))\s*\([^]*\)$/;

/** Whether a statement ends its path. */
export function endsPath(node: SyntaxNode, source: string): boolean {
  switch (node.name) {
    case 'RaiseStatement':
    case 'ReturnStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return true;
    case 'ExpressionStatement':
      return (
        /[eoqs]/.test(source[node.from]) &&
        node.to - node.from < 200 &&
        ENDS.test(source.slice(node.from, node.to))
      );
    default:
      return false;
  }
}
