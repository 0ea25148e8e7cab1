/** `try` statements: what may be skipped in them, and which names have a value behind them. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import type { BranchVisitor } from './branches';
import { BOUND } from './flow';
import type { Flow } from './flow';
import { catchesNames, handlesMissingName } from './statements';

export function visitTry(node: SyntaxNode, visitor: BranchVisitor): void {
  const parts = children(node);
  const last = parts.length - 1;
  const final = parts[last - 1]?.name === 'finally' ? parts[last] : undefined;
  const start = visitor.flow;
  // All ways to the end of it, and those that end within it.
  const paths: Flow[] = [];
  let ends: Flow[] = [];
  const taken = visitor.jumps.during(() => {
    const attempt = visitor.jumps.inTry(start, () => {
      paths.push(
        ...visitParts(final ? parts.slice(0, -2) : parts, visitor, start)
      );
    });
    ends = attempt.ends;
  });
  if (!final) {
    start.join(paths);
    return;
  }
  // It runs in any case; what only some way has made is taken for made.
  const before = start.branch();
  before.blend([...paths, ...ends]);
  for (const [name, { state }] of before.changes) {
    if (state === 'maybe') {
      before.set(name, BOUND);
    }
  }
  const path = before.branch();
  visitor.onPath(() => visitor.visit(final), path);
  start.join(paths);
  for (const [name, held] of path.changes) {
    start.set(name, held);
  }
  taken.pass(path.changes);
  start.isDead ||= path.isDead;
  start.isPartial ||= path.isPartial;
}

/** What goes on behind an exception in its block: `contextlib.suppress`, and the like of test frameworks. */
const SWALLOWS = /\b(?:suppress|raises|assertRaises\w*)\s*\(([^()]*)\)?/;

/** Exceptions of which a missing name is none. */
const OTHERS =
  /^\s*(?:[\w.]*(?:Error|Warning|Interrupt|Iteration)\s*(?:,\s*|$))*$/;

/** The block of a `with`, whose context may handle what it raises: the code behind it goes on then. */
export function visitWithBody(
  body: SyntaxNode,
  head: string,
  visitor: BranchVisitor
): void {
  const swallows = SWALLOWS.exec(head);
  if (!swallows) {
    return visitor.visit(body);
  }
  const isGuarded = catchesNames(swallows[1]) || !OTHERS.test(swallows[1]);
  const start = visitor.flow;
  const path = start.branch();
  const { ends } = visitor.jumps.inTry(start, () =>
    visitor.guarded(isGuarded, () =>
      visitor.onPath(() => visitBody(body, visitor, true), path)
    )
  );
  // How far it came, nobody knows; it is taken to have made its names.
  const past = start.branch();
  past.blend([path, ...ends]);
  for (const [name, held] of past.changes) {
    start.set(name, held.state === 'maybe' ? BOUND : held);
  }
}

/** What stands above the `finally`: the paths behind the body and its `else`, and behind each handler. */
function visitParts(
  parts: SyntaxNode[],
  visitor: BranchVisitor,
  start: Flow
): Flow[] {
  const isGuarded = handlesMissingName(parts, part => visitor.text(part));
  const isHandled = parts.some(({ name }) => name === 'except');
  const body = start.branch();
  const handlers: Flow[] = [];
  let ends: Flow[] = [];
  let from = 0;
  for (const [at, part] of parts.entries()) {
    if (part.name !== 'Body') {
      continue;
    }
    const head = parts.slice(from, at);
    from = at + 1;
    switch (head[0]?.name) {
      case 'try':
        ({ ends } = visitor.jumps.inTry(start, () =>
          visitor.guarded(isGuarded, () =>
            visitor.onPath(() => visitBody(part, visitor, isHandled), body)
          )
        ));
        break;
      case 'else':
        visitor.onBranch(() => visitor.visit(part), body);
        break;
      default: {
        const path = start.branch();
        // How far the body came, nobody knows.
        path.blend([start, body, ...ends]);
        visitHandler(head, part, visitor, path);
        handlers.push(path);
      }
    }
  }
  return [body, ...handlers];
}

/** Where something is handled, all that stands behind the first statement may be skipped. */
function visitBody(
  body: SyntaxNode,
  visitor: BranchVisitor,
  isHandled: boolean
): void {
  const statements = children(body).slice(1);
  const simple = statements[0] && !statements[0].getChild('Body') ? 1 : 0;
  const sure = isHandled ? simple : statements.length;
  statements.slice(0, sure).forEach(part => visitor.visit(part));
  visitor.skippably(() =>
    statements.slice(sure).forEach(part => visitor.visit(part))
  );
}

/** An `except`: what it is for, and what runs then. Its name is gone behind it. */
function visitHandler(
  head: SyntaxNode[],
  body: SyntaxNode,
  visitor: BranchVisitor,
  path: Flow
): void {
  visitor.onBranch(() => {
    let name: SyntaxNode | undefined;
    head.slice(1).forEach((part, index, rest) => {
      if (rest[index - 1]?.name === 'as') {
        name = part;
      } else {
        visitor.visit(part);
      }
    });
    if (!name) {
      return visitor.visit(body);
    }
    const text = visitor.text(name);
    const before = path.get(text);
    visitor.bind(name);
    const bound = path.get(text);
    visitor.jumps
      .during(() => visitor.visit(body))
      .pass(path.get(text) === bound ? [[text, before]] : []);
    if (path.get(text) === bound) {
      path.set(text, before);
    }
  }, path);
}
