/** Loops: which names have a value behind them. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import type { BranchVisitor } from './branches';
import { BOUND } from './flow';
import { truthOf } from './truth';

export function visitFor(
  node: SyntaxNode,
  visitor: BranchVisitor,
  bindTarget: (node: SyntaxNode) => void
): void {
  const parts = children(node);
  const start = parts.findIndex(({ name }) => name === 'for') + 1;
  const middle = parts.findIndex(({ name }) => name === 'in');
  const body = parts.findIndex(({ name }) => name === 'Body');
  const over = parts.slice(middle + 1, body);
  over.forEach(part => visitor.visit(part));
  const runs = over.length !== 1 || truthOf(over[0], visitor.source) !== false;
  visitLoop(node, visitor, runs ? undefined : false, () => {
    parts.slice(start, middle).forEach(bindTarget);
    visitor.visit(parts[body]);
  });
}

export function visitWhile(node: SyntaxNode, visitor: BranchVisitor): void {
  const parts = children(node);
  const body = parts.findIndex(({ name }) => name === 'Body');
  const [, test] = parts;
  visitor.inLoop(node.from, () => visitor.visit(test));
  visitLoop(node, visitor, truthOf(test, visitor.source), () =>
    visitor.visit(parts[body])
  );
}

/** `runs`: whether the loop runs for ever, or never; undefined where it runs for a while. */
function visitLoop(
  node: SyntaxNode,
  visitor: BranchVisitor,
  runs: boolean | undefined,
  visitBody: () => void
): void {
  const start = visitor.flow;
  const [keyword, last] = children(node).slice(-2);
  const otherwise = keyword?.name === 'else' ? last : undefined;
  if (runs === false) {
    visitor.unreached(visitBody);
    if (otherwise) {
      visitor.visit(otherwise);
    }
    return;
  }
  const path = start.branch();
  const { breaks, continues } = visitor.jumps.inLoop(start, () =>
    visitor.inLoop(node.from, () => visitor.onPath(visitBody, path))
  );
  const rounds = [path, ...continues].filter(({ isDead }) => !isDead);
  const passed = start.branch();
  if (rounds.length > 0) {
    path.isPartial = start.isPartial;
    passed.join(rounds);
    // Some round is taken to come to the end of the body.
    for (const [name, { state }] of path.isDead ? [] : passed.changes) {
      if (state === 'maybe' && path.get(name).state === 'bound') {
        passed.set(name, BOUND);
      }
    }
  }
  passed.isDead ||= runs === true;
  const isLeft = rounds.length === 0 && breaks.length > 0;
  if (otherwise) {
    // A `break` goes past it.
    const visit = () => visitor.visit(otherwise);
    if (isLeft) {
      visitor.unreached(visit);
    } else if (breaks.length > 0) {
      visitor.onBranch(visit, passed);
    } else {
      visitor.onPath(visit, passed);
    }
  }
  start.join(isLeft ? breaks : [...breaks, passed]);
}
