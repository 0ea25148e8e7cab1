/**
 * Bridges what the grammar of `@lezer/python` does not know, by replacements of equal length.
 *
 * The meaning for names and offsets stays; names are always read from the cell's own text, so an
 * identifier may be respelled freely. Where a replacement turns a target into a plain expression, the
 * target's start is noted.
 */

import { CLOSING, OPENING } from './brackets';
import type { ILogicalLine, IToken } from './lexer';
import { formattedStrings, numbers } from './literal-gaps';
import { matchSubject, patterns, softKeywords } from './soft-keyword-gaps';

/** A replacement of equal length. */
export interface IPatch {
  from: number;
  text: string;
}

export interface IBridges {
  patches: IPatch[];
  /** Starts of expressions that are targets of an assignment. */
  targets: Set<number>;
  /** Starts of names that a `:=` gives a value, and that are parts of an operation now. */
  walruses: Set<number>;
}

/** Keywords that an expression follows. */
const BEFORE_EXPRESSION = new Set(
  (
    'and assert await del elif else except for from if in is lambda not or raise return ' +
    'while with yield'
  ).split(' ')
);

type Bridge = (tokens: IToken[], bridges: IBridges) => void;

/** Bridges by the word that a line has to have for them, `string` and `number` standing for the kinds. */
const BRIDGES = new Map<string, Bridge[]>(
  Object.entries({
    with: [withTargets],
    match: [matchSubject, softKeywords],
    case: [patterns, softKeywords],
    type: [typeParameterDefaults, softKeywords],
    print: [softKeywords],
    yield: [bareYield],
    lambda: [lambdaParameters],
    '*': [stars],
    ':=': [walrusInSet],
    except: [exceptList],
    def: [typeParameterDefaults],
    class: [typeParameterDefaults],
    string: [formattedStrings],
    number: [numbers]
  })
);

/** The bridges that a line needs: most need few. */
function bridgesFor(tokens: IToken[]): Set<Bridge> {
  const found = new Set<Bridge>();
  for (const { kind, text } of tokens) {
    const word = kind === 'string' || kind === 'number' ? kind : text;
    BRIDGES.get(word)?.forEach(bridge => found.add(bridge));
  }
  return found;
}

export function bridgeGaps(lines: ReadonlyArray<ILogicalLine>): IBridges {
  const bridges: IBridges = {
    patches: [],
    targets: new Set(),
    walruses: new Set()
  };
  decorators(lines, bridges);
  for (const { tokens } of lines) {
    for (const bridge of bridgesFor(tokens)) {
      bridge(tokens, bridges);
    }
  }
  return bridges;
}

/**
 * Any expression may decorate since PEP 614; the grammar takes dotted names. The expressions of such a stack of
 * decorators stay, as statements.
 */
function decorators(
  lines: ReadonlyArray<ILogicalLine>,
  { patches }: IBridges
): void {
  let stack: IToken[][] = [];
  let isForeign = false;
  for (const { tokens } of lines) {
    if (tokens[0].text === '@') {
      stack.push(tokens);
      isForeign ||= !isDottedDecorator(tokens);
    } else {
      if (isForeign) {
        patches.push(...stack.map(asExpression));
      }
      stack = [];
      isForeign = false;
    }
  }
}

function asExpression(tokens: IToken[]): IPatch {
  const { from } = tokens[0];
  const last = tokens[tokens.length - 1];
  // These two stand behind no operator: they are left out.
  const isWhole =
    tokens[1]?.text === 'lambda' ||
    tokens.some(({ text, depth }) => text === ':=' && depth === 0);
  return { from, text: isWhole ? '0'.padEnd(last.to - from) : '+' };
}

function isDottedDecorator(tokens: IToken[]): boolean {
  const shape = tokens.map(({ kind, text, depth }) =>
    depth > 0 ? ' ' : kind === 'name' ? 'n' : kind === 'operator' ? text : '?'
  );
  return /^@n(\.n)*(\( *\))?$/.test(shape.join(''));
}

/** Parenthesised items (PEP 617), and targets of `as` that are more than a name. */
function withTargets(tokens: IToken[], { patches, targets }: IBridges): void {
  const start = tokens[0].text === 'async' ? 1 : 0;
  if (tokens[start]?.text !== 'with') {
    return;
  }
  const colon = tokens.findIndex(
    ({ text, depth }) => text === ':' && depth === 0
  );
  tokens.slice(0, colon < 0 ? tokens.length : colon).forEach((token, index) => {
    if (token.text !== 'as' || token.kind !== 'name' || token.depth > 1) {
      return;
    }
    const target = tokens[index + 1];
    const after = tokens[index + 2];
    const simple =
      token.depth === 0 &&
      target?.kind === 'name' &&
      (after?.text === ',' || after?.text === ':');
    if (target && !simple) {
      patches.push({ from: token.from, text: ' ,' });
      targets.add(target.from);
    }
  });
}

/** A `yield` of nothing. */
function bareYield(tokens: IToken[], { patches }: IBridges): void {
  tokens.forEach(({ kind, text, from }, index) => {
    const next = tokens[index + 1];
    if (
      kind === 'name' &&
      text === 'yield' &&
      (!next || /^[)\]},;=]$/.test(next.text))
    ) {
      patches.push({ from, text: 'None ' });
    }
  });
}

/** The `/` and a trailing comma among a lambda's parameters. */
function lambdaParameters(tokens: IToken[], { patches }: IBridges): void {
  tokens.forEach((lambda, start) => {
    if (lambda.kind !== 'name' || lambda.text !== 'lambda') {
      return;
    }
    for (let index = start + 1; index < tokens.length; index++) {
      const { text, depth, from } = tokens[index];
      if (depth < lambda.depth || (text === ':' && depth === lambda.depth)) {
        return;
      }
      const before = tokens[index - 1];
      if (depth !== lambda.depth) {
        continue;
      } else if (text === '/' && before.text === ',') {
        patches.push({ from: before.from, text: ' ' }, { from, text: ' ' });
      } else if (text === ',' && tokens[index + 1]?.text === ':') {
        patches.push({ from, text: ' ' });
      }
    }
  });
}

/** Stars in subscripts and annotations (PEP 646), and after the `for` and `in` of a loop. */
function stars(tokens: IToken[], { patches }: IBridges): void {
  // Of each open bracket, whether it is a subscript, and the last `for` or `in` directly in it.
  const open = [{ isSubscript: false, loop: '' }];
  tokens.forEach(({ kind, text, from }, index) => {
    const previous = tokens[index - 1];
    const inner = open[open.length - 1];
    if (OPENING.test(text)) {
      open.push({
        isSubscript: text === '[' && isOperand(previous),
        loop: ''
      });
    } else if (CLOSING.test(text) && open.length > 1) {
      open.pop();
    } else if (kind === 'name' && (text === 'for' || text === 'in')) {
      inner.loop = text;
    } else if (text === ':') {
      inner.loop = '';
    } else if (text === '*' && previous) {
      const first = inner.loop === previous.text || previous.text === ',';
      // Within brackets, what follows the `in` of a comprehension is not a list.
      const inLoop =
        inner.loop === 'for' || (inner.loop === 'in' && open.length === 1);
      if (
        (inLoop && first) ||
        (open.length === 1 && AUGMENTED.test(previous.text)) ||
        (inner.isSubscript && /^[[,]$/.test(previous.text)) ||
        (open.length > 1 && previous.text === ':')
      ) {
        patches.push({ from, text: ' ' });
      }
    }
  });
}

const AUGMENTED = /^(?:[-+*/%@&|^]|\*\*|\/\/|<<|>>)=$/;

/** A walrus right within the braces of a set. */
function walrusInSet(tokens: IToken[], { patches, targets }: IBridges): void {
  const open: string[] = [];
  tokens.forEach(({ text, from }, index) => {
    if (OPENING.test(text)) {
      open.push(text);
    } else if (CLOSING.test(text)) {
      open.pop();
    } else if (text === ':=' && open[open.length - 1] === '{') {
      patches.push({ from, text: ', ' });
      targets.add(tokens[index - 1].from);
    }
  });
}

/** Whether a bracket behind the token is a subscript or a call, and not a display. */
function isOperand(token: IToken | undefined): boolean {
  return (
    token !== undefined &&
    (token.kind === 'string' ||
      CLOSING.test(token.text) ||
      (token.kind === 'name' && !BEFORE_EXPRESSION.has(token.text)))
  );
}

/** `except A, B:` without parentheses (PEP 758). */
function exceptList(tokens: IToken[], { patches }: IBridges): void {
  if (tokens[0].text === 'except') {
    for (const { text, depth, from } of tokens) {
      if (depth === 0 && text === ':') {
        return;
      } else if (depth === 0 && text === ',') {
        patches.push({ from, text: '+' });
      }
    }
  }
}

/** Defaults of type parameters (PEP 696). */
function typeParameterDefaults(tokens: IToken[], { patches }: IBridges): void {
  const start = tokens[0].text === 'async' ? 1 : 0;
  if (
    !/^(def|class|type)$/.test(tokens[start]?.text ?? '') ||
    tokens[start + 2]?.text !== '['
  ) {
    return;
  }
  let bound = false;
  for (const { text, depth, from } of tokens.slice(start + 3)) {
    if (depth === 0) {
      return;
    } else if (depth === 1 && text === ',') {
      bound = false;
    } else if (depth === 1 && text === ':') {
      bound = true;
    } else if (depth === 1 && text === '=') {
      patches.push({ from, text: bound ? '|' : ':' });
    }
  }
}
