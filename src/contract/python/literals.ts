/** Reads what Python's `ast.literal_eval` takes, with the place of every part. */

import type { SyntaxNode } from '@lezer/common';

import { children } from './tree';

export type Literal =
  | { kind: 'string'; value: string; node: SyntaxNode }
  | { kind: 'sequence'; items: Literal[]; node: SyntaxNode }
  | {
      kind:
        'bytes' | 'number' | 'boolean' | 'none' | 'ellipsis' | 'set' | 'dict';
      node: SyntaxNode;
    };

/** Either a literal, or the part that is none. */
export type LiteralReading =
  | { literal: Literal; offender?: undefined }
  | { literal?: undefined; offender: SyntaxNode };

class NotLiteral extends Error {
  constructor(readonly node: SyntaxNode) {
    super('not a literal');
  }
}

/** Reads the right side of an assignment: one expression, or several that make a tuple. */
export function readLiteral(
  value: ReadonlyArray<SyntaxNode>,
  source: string
): LiteralReading {
  try {
    const hasComma = value[0].nextSibling?.name === ',';
    const items = value.map(node => read(node, source));
    const literal: Literal =
      value.length > 1 || hasComma
        ? { kind: 'sequence', items, node: value[0] }
        : items[0];
    return { literal };
  } catch (error) {
    if (error instanceof NotLiteral) {
      return { offender: error.node };
    }
    throw error;
  }
}

function read(node: SyntaxNode, source: string): Literal {
  switch (node.name) {
    case 'String':
    case 'ContinuedString':
      return readString(node, source);
    case 'Number':
      return { kind: 'number', node };
    case 'Ellipsis':
      return { kind: 'ellipsis', node };
    case 'Boolean':
      return { kind: 'boolean', node };
    case 'None':
      return { kind: 'none', node };
    case 'ParenthesizedExpression':
      return read(only(node), source);
    case 'ArrayExpression':
    case 'TupleExpression':
      return { kind: 'sequence', items: items(node, source), node };
    case 'SetExpression':
      hashable(items(node, source));
      return { kind: 'set', node };
    case 'DictionaryExpression':
      hashable(items(node, source).filter((_, index) => index % 2 === 0));
      return { kind: 'dict', node };
    case 'UnaryExpression':
    case 'BinaryExpression':
      return readNumber(node, source);
    case 'CallExpression':
      if (/^set\s*\(\s*\)$/.test(source.slice(node.from, node.to))) {
        return { kind: 'set', node };
      }
      throw new NotLiteral(node);
    default:
      throw new NotLiteral(node);
  }
}

function only(node: SyntaxNode): SyntaxNode {
  const inner = children(node).slice(1, -1);
  if (inner.length !== 1) {
    throw new NotLiteral(node);
  }
  return inner[0];
}

function items(node: SyntaxNode, source: string): Literal[] {
  return children(node)
    .slice(1, -1)
    .filter(({ name }) => name !== ',' && name !== ':')
    .map(item => read(item, source));
}

/** Says so where a set, or the keys of a dict, cannot have an item. */
function hashable(found: Literal[]): void {
  for (const item of found) {
    if (
      item.kind === 'set' ||
      item.kind === 'dict' ||
      (item.kind === 'sequence' && item.node.name !== 'TupleExpression')
    ) {
      throw new NotLiteral(item.node);
    } else if (item.kind === 'sequence') {
      hashable(item.items);
    }
  }
}

/** A number with one sign at most, or such a one and an imaginary one, as in `-1+2j`. */
function readNumber(node: SyntaxNode, source: string): Literal {
  const parts = children(node);
  const text = (part: SyntaxNode) => source.slice(part.from, part.to);
  const isNumber = (part: SyntaxNode, isImaginary: boolean) =>
    part.name === 'Number' && /[jJ]$/.test(text(part)) === isImaginary;
  const isSigned = ([sign, operand]: SyntaxNode[], isImaginary: boolean) =>
    /^[+-]$/.test(text(sign)) && isNumber(unwrap(operand), isImaginary);
  if (node.name === 'UnaryExpression' && parts.length === 2) {
    if (isSigned(parts, false) || isSigned(parts, true)) {
      return { kind: 'number', node };
    }
  } else if (parts.length === 3) {
    const [left, operator, right] = [
      unwrap(parts[0]),
      parts[1],
      unwrap(parts[2])
    ];
    const isLeft =
      left.name === 'UnaryExpression'
        ? isSigned(children(left), false)
        : isNumber(left, false);
    if (isLeft && /^[+-]$/.test(text(operator)) && isNumber(right, true)) {
      return { kind: 'number', node };
    }
  }
  throw new NotLiteral(node);
}

function unwrap(node: SyntaxNode): SyntaxNode {
  return node.name === 'ParenthesizedExpression' ? unwrap(only(node)) : node;
}

function readString(node: SyntaxNode, source: string): Literal {
  const parts = node.name === 'ContinuedString' ? children(node) : [node];
  let value = '';
  let bytes = 0;
  for (const part of parts) {
    const text = source.slice(part.from, part.to);
    const match = /^([A-Za-z]*)('''|"""|'|")([^]*)\2$/.exec(text);
    if (part.name !== 'String' || !match) {
      throw new NotLiteral(part);
    }
    const [, prefix, , body] = match;
    const isBytes = /b/i.test(prefix);
    bytes += Number(isBytes);
    const lines = body.replace(/\r\n?/g, '\n');
    value += /r/i.test(prefix) ? lines : unescape(lines, isBytes);
  }
  if (bytes !== 0 && bytes !== parts.length) {
    throw new NotLiteral(node); // Python joins no bytes with text.
  }
  return bytes ? { kind: 'bytes', node } : { kind: 'string', value, node };
}

const ESCAPES: { [letter: string]: string } = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v'
};

function unescape(text: string, isBytes: boolean): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|N\{([^}]*)\}|([^]))/g,
    (whole, x, u, long, octal, name, letter) => {
      if (isBytes && (u || long || name)) {
        return whole;
      }
      const hex = x ?? u ?? long;
      if (hex !== undefined || octal !== undefined) {
        const code = hex ? parseInt(hex, 16) : parseInt(octal, 8);
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      }
      // The names of characters are not at hand; no package's name needs one.
      return name !== undefined ? '\ufffd' : (ESCAPES[letter] ?? whole);
    }
  );
}
