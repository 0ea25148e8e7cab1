import type { SyntaxNode } from '@lezer/common';

import type { IRange } from '../types';

/** A statement that the grammar takes anywhere and Python does not. */
export interface IMisplaced extends IRange {
  /** Where it belongs. */
  belongs: 'function' | 'loop';
}

/** The first `return` or `yield` outside of a function, or `break` or `continue` outside of a loop. */
export function misplacedStatement(
  jumps: ReadonlyArray<SyntaxNode>
): IMisplaced | undefined {
  for (const node of jumps) {
    const { name, from, to } = node;
    if (INSIDE_LOOP.has(name)) {
      if (!isIn(node, LOOPS, FUNCTIONS)) {
        return { from, to, belongs: 'loop' };
      }
    } else if (!isIn(node, FUNCTIONS)) {
      return { from, to, belongs: 'function' };
    }
  }
  return undefined;
}

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
