/** Statements and expressions whose code need not run: which names have a value behind them. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import type { Flow } from './flow';
import type { NameRecorder } from './recorder';
import { truthOf } from './truth';

/** What these functions need of the collector. */
export type BranchVisitor = Pick<
  NameRecorder,
  | 'source'
  | 'flow'
  | 'jumps'
  | 'conditionally'
  | 'skippably'
  | 'onBranch'
  | 'onPath'
  | 'unreached'
  | 'inLoop'
  | 'guarded'
  | 'bind'
  | 'text'
> & { visit(node: SyntaxNode): void };

/** The conditions and bodies of an `if`, in order; an `else` has no condition. */
function clausesOf(
  node: SyntaxNode
): { test?: SyntaxNode; body: SyntaxNode }[] {
  const clauses: { test?: SyntaxNode; body: SyntaxNode }[] = [];
  let test: SyntaxNode | undefined;
  for (const part of children(node)) {
    if (part.name === 'Body') {
      clauses.push({ test, body: part });
      test = undefined;
    } else if (!/^(?:if|elif|else)$/.test(part.name)) {
      test = part;
    }
  }
  return clauses;
}

export function visitIf(node: SyntaxNode, visitor: BranchVisitor): void {
  const start = visitor.flow;
  const paths: Flow[] = [];
  // Where no condition has held so far.
  let past = start;
  let isPassed = true;
  for (const [index, { test, body }] of clausesOf(node).entries()) {
    if (!isPassed) {
      visitor.unreached(() => {
        [test, body].forEach(part => part && visitor.visit(part));
      });
      continue;
    }
    if (test && index === 0) {
      visitor.visit(test);
    } else if (test) {
      if (past === start || past.changes.size > 0) {
        past = past.branch();
      }
      visitor.onBranch(() => visitor.visit(test), past);
    }
    const truth = test ? truthOf(test, visitor.source) : true;
    isPassed = truth !== true;
    if (truth === false) {
      visitor.unreached(() => visitor.visit(body));
    } else if (truth && index === 0) {
      visitor.visit(body);
      paths.push(start);
    } else {
      const path = past.branch();
      visitor.onBranch(() => visitor.visit(body), path);
      paths.push(path);
    }
  }
  start.join(isPassed ? [...paths, past] : paths);
}

/** Only a failure asks for the message. */
export function visitAssert(node: SyntaxNode, visitor: BranchVisitor): void {
  const [, test, , ...message] = children(node);
  visitor.visit(test);
  const visitMessage = () => message.forEach(part => visitor.visit(part));
  const truth = truthOf(test, visitor.source);
  if (truth === true) {
    visitor.unreached(visitMessage);
  } else if (truth === false) {
    visitMessage();
    visitor.jumps.end(visitor.flow, node.name);
  } else {
    visitor.onBranch(visitMessage);
  }
}

export function visitMatch(node: SyntaxNode, visitor: BranchVisitor): void {
  const start = visitor.flow;
  const paths: Flow[] = [];
  let past = true;
  for (const part of children(node)) {
    if (part.name !== 'MatchBody') {
      visitor.visit(part);
      continue;
    }
    for (const clause of part.getChildren('MatchClause')) {
      const [, pattern] = children(clause);
      past &&= Boolean(clause.getChild('Guard')) || !takesAll(pattern);
      const path = start.branch();
      visitor.onBranch(() => visitor.visit(clause), path);
      paths.push(path);
    }
  }
  start.join(past ? [...paths, start] : paths);
}

/** Whether a pattern fits whatever it is compared with. */
function takesAll(pattern: SyntaxNode | undefined): boolean {
  const parts = pattern ? children(pattern) : [];
  switch (pattern?.name ?? '') {
    case 'CapturePattern':
      return true;
    case 'AsPattern':
      return takesAll(parts[0]);
    case 'OrPattern':
      return parts.some(takesAll);
    case 'SequencePattern':
      // In mere parentheses.
      return parts.length === 3 && parts[0].name === '(' && takesAll(parts[1]);
    default:
      return false;
  }
}

/** `a if b else c`, `a and b`, `a or b`: all but what is evaluated first may be skipped. */
export function visitChoice(node: SyntaxNode, visitor: BranchVisitor): void {
  const parts = children(node);
  const first = node.name === 'ConditionalExpression' ? parts[2] : parts[0];
  if (first) {
    visitor.visit(first);
  }
  // A name that a choice makes is taken for made.
  visitor.conditionally(() =>
    parts.forEach(part => part !== first && visitor.visit(part))
  );
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
