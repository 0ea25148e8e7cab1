import type { SyntaxNode, Tree } from '@lezer/common';

import type { IRange } from '../types';

const INNER = /\b(?:return|yield|break|continue)\b/;

/** A statement that the grammar takes anywhere and Python does not. */
export interface IMisplaced extends IRange {
  /** Where it belongs. */
  belongs: 'function' | 'loop';
}

/** The first `return` or `yield` outside of a function, or `break` or `continue` outside of a loop. */
export function misplacedStatement(
  source: string,
  tree: Tree
): IMisplaced | undefined {
  let found: IMisplaced | undefined;
  if (!INNER.test(source)) {
    return found;
  }
  tree.iterate({
    enter: cursor => {
      if (found) {
        return false;
      }
      // The node itself is made only where it is needed: this runs over every token.
      const { name, from, to } = cursor;
      if (INSIDE_FUNCTION.has(name) && !isIn(cursor.node, FUNCTIONS)) {
        found = { from, to, belongs: 'function' };
      } else if (
        INSIDE_LOOP.has(name) &&
        !isIn(cursor.node, LOOPS, FUNCTIONS)
      ) {
        found = { from, to, belongs: 'loop' };
      }
      return undefined;
    }
  });
  return found;
}

const INSIDE_FUNCTION = new Set([
  'ReturnStatement',
  'YieldStatement',
  'YieldExpression'
]);
const INSIDE_LOOP = new Set(['BreakStatement', 'ContinueStatement']);

const FUNCTIONS = /^(?:FunctionDefinition|LambdaExpression)$/;
const LOOPS = /^(?:ForStatement|WhileStatement)$/;

function isIn(node: SyntaxNode, outer: RegExp, border?: RegExp): boolean {
  for (let around = node.parent; around; around = around.parent) {
    if (outer.test(around.name)) {
      return true;
    } else if (border?.test(around.name)) {
      return false;
    }
  }
  return false;
}
