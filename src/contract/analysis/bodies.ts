/** What stands in the body of a function, that of functions within it left out. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';

const OWN_SCOPE = /^(?:FunctionDefinition|LambdaExpression|ClassDefinition)$/;

/** The nodes of some kinds that run as part of a function or lambda itself, in order. */
export function ownNodes(node: SyntaxNode, kinds: RegExp): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const visit = (part: SyntaxNode) => {
    if (kinds.test(part.name)) {
      found.push(part);
    }
    if (!OWN_SCOPE.test(part.name)) {
      children(part).forEach(visit);
    }
  };
  bodyOf(node).forEach(visit);
  return found;
}

/** The statements of a function, or the expression of a lambda. */
function bodyOf(node: SyntaxNode): SyntaxNode[] {
  const parts = children(node);
  if (node.name === 'LambdaExpression') {
    return parts.slice(-1);
  }
  return parts.filter(({ name }) => name === 'Body');
}

export function isGenerator(node: SyntaxNode, source: string): boolean {
  // The grammar reads a `yield` of nothing as `None`.
  return ownNodes(node, /^(?:YieldStatement|YieldExpression|None)$/).some(
    ({ name, from }) => name !== 'None' || source.startsWith('yield', from)
  );
}

export function isAsync(node: SyntaxNode): boolean {
  return node.firstChild?.name === 'async';
}

/** Whether code can run past the end of a body or statement, as far as one can tell without running it. */
export function mayEnd(node: SyntaxNode, source: string): boolean {
  switch (node.name) {
    case 'ReturnStatement':
    case 'RaiseStatement':
    case 'ContinueStatement':
    case 'BreakStatement':
      return false;
    case 'MatchStatement':
      return false; // What its patterns leave over is hard to tell.
    case 'ExpressionStatement':
      return !/^(?:sys\.)?exit\(/.test(source.slice(node.from, node.from + 9));
    case 'WhileStatement': {
      const isEndless = /^while\s+\(*(?:True|1)\b/.test(
        source.slice(node.from, node.from + 20)
      );
      return !isEndless || ownNodesOf(node, 'BreakStatement').length > 0;
    }
    case 'Body':
    case 'StatementGroup':
      return children(node).every(part => mayEnd(part, source));
    case 'IfStatement':
      return (
        !node.getChild('else') ||
        node.getChildren('Body').some(body => mayEnd(body, source))
      );
    case 'WithStatement':
      return node.getChildren('Body').some(body => mayEnd(body, source));
    case 'TryStatement':
      return tryMayEnd(node, source);
    default:
      return true;
  }
}

function tryMayEnd(node: SyntaxNode, source: string): boolean {
  const parts = children(node);
  let isPastBody = true;
  let isPastHandler = false;
  let keyword = '';
  for (const part of parts) {
    if (part.name !== 'Body') {
      keyword = /^(?:try|except|else|finally)$/.test(part.name)
        ? part.name
        : keyword;
      continue;
    }
    const isPast = mayEnd(part, source);
    if (keyword === 'finally') {
      return isPast && (isPastBody || isPastHandler);
    } else if (keyword === 'except') {
      isPastHandler ||= isPast;
    } else {
      isPastBody &&= isPast;
    }
  }
  return isPastBody || isPastHandler;
}

function ownNodesOf(node: SyntaxNode, name: string): SyntaxNode[] {
  return children(node).flatMap(part =>
    part.name === name
      ? [part]
      : OWN_SCOPE.test(part.name)
        ? []
        : ownNodesOf(part, name)
  );
}
