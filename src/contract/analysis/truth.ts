/** What the source alone says about whether a condition holds. */

import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';

/** Whether an expression is true wherever it is evaluated in a notebook; undefined where only the run can tell. */
export function truthOf(node: SyntaxNode, source: string): boolean | undefined {
  const text = () => source.slice(node.from, node.to);
  switch (node.name) {
    case 'Boolean':
      return text() === 'True';
    case 'None':
      return false;
    case 'Ellipsis':
      return true;
    case 'Number':
      return /^0x/i.test(text())
        ? /[1-9a-f]/i.test(text().slice(2))
        : /[1-9]/.test(text().replace(/[ej].*$/i, ''));
    case 'String':
      return !/^[A-Za-z]*(?:''|""|''''''|"""""")$/.test(text());
    case 'ArrayExpression':
    case 'TupleExpression':
    case 'DictionaryExpression':
      // One with a starred part may be empty all the same.
      return node.getChild('*') || node.getChild('**')
        ? undefined
        : children(node).length > 2;
    case 'ParenthesizedExpression': {
      const inner = children(node)[1];
      return inner && truthOf(inner, source);
    }
    case 'UnaryExpression': {
      const [sign, operand] = children(node);
      const truth = operand && truthOf(operand, source);
      return truth === undefined ||
        !/^(?:not|[-+])$/.test(sign.name === 'not' ? 'not' : source[sign.from])
        ? undefined
        : truth === (sign.name !== 'not');
    }
    case 'BinaryExpression':
      return truthOfBinary(node, source);
    case 'VariableName':
      return text() === '__debug__' ? true : undefined;
    default:
      return undefined;
  }
}

const IS_MAIN =
  /^(?:__name__\s*==\s*(['"])__main__\1|(['"])__main__\2\s*==\s*__name__)$/;

function truthOfBinary(node: SyntaxNode, source: string): boolean | undefined {
  const [left, operator, right] = children(node);
  if (operator?.name !== 'and' && operator?.name !== 'or') {
    return IS_MAIN.test(source.slice(node.from, node.to)) ? true : undefined;
  }
  // What decides alone: a false one in `and`, a true one in `or`.
  const deciding = operator.name === 'or';
  const truths = [left, right].map(part => part && truthOf(part, source));
  return truths.includes(deciding)
    ? deciding
    : truths.includes(undefined)
      ? undefined
      : !deciding;
}
