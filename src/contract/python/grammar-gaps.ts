/**
 * Bridges what the grammar of `@lezer/python` does not know, by replacements of equal length.
 *
 * The meaning for names and offsets stays; names are always read from the cell's own text, so an
 * identifier may be respelled freely. Where a replacement turns a target into a plain expression, the
 * target's start is noted.
 */

import type { ILogicalLine, IToken } from './lexer';
import { formattedStrings, numbers } from './literal-gaps';

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

const OPENING = /^[([{]$/;
const CLOSING = /^[)\]}]$/;

/** Keywords that an expression follows. */
const BEFORE_EXPRESSION = new Set(
  (
    'and assert await del elif else except for from if in is lambda not or raise return ' +
    'while with yield'
  ).split(' ')
);

const OPERATOR_WORDS = new Set(['if', 'in', 'is', 'and', 'or', 'not']);

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

/** `match` takes any expression, several too; the grammar takes one without operators of logic. */
function matchSubject(tokens: IToken[], { patches, walruses }: IBridges): void {
  if (!isMatch(tokens)) {
    return;
  }
  const whole = tokens.slice(1, -1).filter(({ depth }) => depth === 0);
  const lambda = whole.findIndex(({ text }) => text === 'lambda');
  const subject = lambda < 0 ? whole : whole.slice(0, lambda);
  if (lambda >= 0) {
    // It takes all that follows. No number, text or name is one, so that none of these is read into it.
    const { from } = whole[lambda];
    patches.push({
      from,
      text: '0'.padEnd(tokens[tokens.length - 1].from - from)
    });
  }
  subject.forEach(({ kind, text, from }, index) => {
    if (text === ':=') {
      walruses.add(subject[index - 1].from);
    }
    if (text === ',') {
      patches.push({ from, text: index === subject.length - 1 ? ' ' : '+' });
    } else if (
      text === '*' &&
      (index === 0 || subject[index - 1].text === ',')
    ) {
      patches.push({ from, text: ' ' });
    } else if (kind === 'operator' && /^([<>]=?|[=!]=|:=)$/.test(text)) {
      patches.push({ from, text: '+'.padEnd(text.length) });
    } else if (kind === 'name' && /^(and|or|in|is|if|else)$/.test(text)) {
      patches.push({ from, text: '+'.padEnd(text.length) });
    } else if (text === 'not') {
      patches.push({ from, text: index === 0 ? '  -' : '  +' });
    }
  });
}

function isMatch(tokens: IToken[], index = 0): boolean {
  const last = tokens[tokens.length - 1];
  return (
    tokens[index].text === 'match' &&
    tokens.length > index + 2 &&
    last.text === ':' &&
    last.depth === 0 &&
    tokens[index + 1].text !== '='
  );
}

const SOFT_KEYWORDS = new Set(['match', 'case', 'type', 'print']);

/** `match`, `case`, `type` and `print` are ordinary names unless their statement shows otherwise. */
function softKeywords(tokens: IToken[], { patches }: IBridges): void {
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1];
    const begins =
      !previous ||
      (previous.depth === 0 &&
        (previous.text === ';' || previous.text === ':'));
    if (begins && SOFT_KEYWORDS.has(token.text) && isPlainName(tokens, index)) {
      patches.push({
        from: token.from,
        text: `_${token.text.slice(1)}`
      });
    }
  });
}

function isPlainName(tokens: IToken[], index: number): boolean {
  const next = tokens[index + 1];
  switch (tokens[index].text) {
    case 'match':
      return !isMatch(tokens, index);
    case 'case':
      return (
        !next ||
        /^([=.,:]|.+=)$/.test(next.text) ||
        !tokens.some(
          ({ text, depth }, at) => at >= index && text === ':' && depth === 0
        )
      );
    case 'type':
      return (
        next?.kind !== 'name' ||
        OPERATOR_WORDS.has(next.text) ||
        !/^[=[]$/.test(tokens[index + 2]?.text ?? '')
      );
    case 'print':
      return (
        !next ||
        (next.kind === 'operator' && !/^([{~]|\.\.\.)$/.test(next.text)) ||
        OPERATOR_WORDS.has(next.text)
      );
    default:
      return false;
  }
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

/** `case str():`, which as an attribute of the class uses the same name and binds none; empty `[]`, `()`, `{}`. */
function patterns(tokens: IToken[], { patches }: IBridges): void {
  if (tokens[0].text !== 'case') {
    return;
  }
  const keys = dottedKeys(tokens);
  tokens.forEach(({ kind, text, from }, index) => {
    const closing = tokens[index + 1];
    if (kind === 'string' && tokens[index - 1].kind === 'string') {
      // Adjacent strings are one, here too.
      patches.push({ from, text: ' '.repeat(text.length) });
    } else if (text === '.' && keys[index + 1]) {
      // Of a dotted key, its first name matters.
      patches.push({ from, text: ' '.repeat(closing.to - from) });
    } else if (OPENING.test(text) && CLOSING.test(closing?.text ?? '')) {
      const isClass = tokens[index - 1].kind === 'name' && index > 1;
      const length = closing.to - from;
      patches.push({
        from,
        text: isClass ? '._'.padEnd(length) : '0'.padStart(length)
      });
    }
  });
}

/** For each token, whether the rest of a dotted name and a colon stand there, within brackets. */
function dottedKeys(tokens: IToken[]): boolean[] {
  const keys: boolean[] = [];
  let isKey = false;
  for (let index = tokens.length - 1; index >= 0; index--) {
    const { kind, text, depth } = tokens[index];
    if (kind !== 'name' && text !== '.') {
      isKey = text === ':' && depth > 0;
    }
    keys[index] = isKey;
  }
  return keys;
}
