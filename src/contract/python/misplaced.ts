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
    enter: ({ name, from, to, node }) => {
      if (found) {
        return false;
      }
      if (/^(?:Return|Yield)(?:Statement|Expression)$/.test(name)) {
        found = isIn(node, FUNCTIONS)
          ? undefined
          : { from, to, belongs: 'function' };
      } else if (/^(?:Break|Continue)Statement$/.test(name)) {
        found = isIn(node, LOOPS, FUNCTIONS)
          ? undefined
          : { from, to, belongs: 'loop' };
      }
      return undefined;
    }
  });
  return found;
}

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
