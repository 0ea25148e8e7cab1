import type { IToken } from '../lexer';
import type { IComprehension } from './context';
import { KEYWORDS, short } from './cursor';
import { LiteralParser } from './literals';

/** What an expression may be besides a value; each a bit. */
export type Shape = number;
/** The target of an assignment. */
export const ASSIGNABLE = 1;
export const DELETABLE = 2;
/** A target of `+=`, or one with an annotation. */
export const SINGLE = 4;
/** A name without parentheses. */
export const NAME = 8;
/** Something behind a `*`. */
export const STARRED = 16;
const VALUE: Shape = 0;
const PLACE = ASSIGNABLE | DELETABLE | SINGLE;

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', 'is']);
/** What may begin an expression, names, strings and numbers apart. */
const BEGINNINGS = new Set(
  '( [ { ~ + - * ... not lambda await None True False'.split(' ')
);
const BINARY = new Set('| ^ & << >> + - * / // % @'.split(' '));

/** Reads expressions by Python's grammar (https://docs.python.org/3/reference/grammar.html). */
export abstract class ExpressionParser extends LiteralParser {
  /** One or more, with commas between them: a tuple, if there is a comma. */
  protected expressions(): Shape {
    return this.list(false);
  }

  /** The same, where a lone `*x` has no meaning. */
  protected values(): Shape {
    const start = this.at;
    const shape = this.expressions();
    if (shape & STARRED) {
      this.failFrom(
        start,
        'Something behind a `*` cannot stand alone here. Remove the `*`, or put a comma behind it.'
      );
    }
    return shape;
  }

  /** What stands right of `=` and `+=`. */
  protected assigned(): Shape {
    return this.text === 'yield' ? this.yielded() : this.values();
  }

  /** Targets, up to a word that ends them. */
  protected targets(): Shape {
    return this.list(true);
  }

  private list(areTargets: boolean): Shape {
    const first = this.listed(areTargets);
    if (this.text !== ',') {
      return first;
    }
    let shape = first;
    let stars = first & STARRED ? 1 : 0;
    while (this.skip(',')) {
      if (!this.beginsExpression()) {
        break;
      }
      const next = this.listed(areTargets);
      stars += next & STARRED ? 1 : 0;
      shape &= next;
    }
    return tuple(shape, stars);
  }

  private listed(isTarget: boolean): Shape {
    return this.text === '*'
      ? this.starred()
      : isTarget
        ? this.binary()
        : this.expression();
  }

  /** Whether an expression, or something behind a `*`, can begin at the current token. */
  private beginsExpression(): boolean {
    const { kind, text } = this.token;
    return kind === 'operator'
      ? BEGINNINGS.has(text)
      : kind !== 'name' || !KEYWORDS.has(text) || BEGINNINGS.has(text);
  }

  private starred(): Shape {
    this.expect('*');
    return (this.binary() & ASSIGNABLE) | STARRED;
  }

  private namedOrStarred(): Shape {
    return this.text === '*' ? this.starred() : this.named();
  }

  /** An expression, or a name and its value: `x := 1`. */
  protected named(): Shape {
    const start = this.at;
    const shape = this.expression();
    if (this.text !== ':=') {
      return shape;
    }
    if (!(shape & NAME)) {
      this.failFrom(
        start,
        '`:=` gives its value to a name only. Write a name before it.'
      );
    }
    this.walrus(this.tokens[start]);
    this.next();
    this.expression();
    return VALUE;
  }

  private walrus(token: IToken): void {
    this.noDebug(token);
    const { text: name, from, to } = token;
    if (this.iterables > 0) {
      this.fail(
        '`:=` cannot stand in what a comprehension runs over. Assign the name before it.',
        from,
        to
      );
    }
    this.comprehension?.walruses.push({ name, from, to });
  }

  protected expression(): Shape {
    if (this.text === 'lambda') {
      return this.lambda();
    }
    const shape = this.disjunction();
    if (this.text !== 'if') {
      return shape;
    }
    this.next();
    this.disjunction();
    this.expect('else');
    this.expression();
    return VALUE;
  }

  protected disjunction(): Shape {
    const shape = this.inversion();
    if (this.text !== 'and' && this.text !== 'or') {
      return shape;
    }
    while (this.text === 'and' || this.text === 'or') {
      this.next();
      this.inversion();
    }
    return VALUE;
  }

  private inversion(): Shape {
    if (this.text !== 'not') {
      return this.comparison();
    }
    while (this.skip('not')) {
      // One after the other.
    }
    this.comparison();
    return VALUE;
  }

  private comparison(): Shape {
    let shape = this.binary();
    for (;;) {
      const { text } = this;
      if (text === 'not' && this.peek() === 'in') {
        this.next();
      } else if (!COMPARISONS.has(text)) {
        return shape;
      }
      this.next();
      if (text === 'is') {
        this.skip('not');
      }
      this.binary();
      shape = VALUE;
    }
  }

  /** Operators that bind more closely than comparisons: which of them binds the closest does not matter here. */
  protected binary(): Shape {
    let shape = this.factor();
    while (this.token.kind === 'operator' && BINARY.has(this.text)) {
      this.next();
      this.factor();
      shape = VALUE;
    }
    return shape;
  }

  private factor(): Shape {
    let isPlace = true;
    while (this.text === '-' || this.text === '+' || this.text === '~') {
      this.next();
      isPlace = false;
    }
    if (this.text === 'await') {
      this.awaiting(this.token);
      this.next();
      isPlace = false;
    }
    const shape = this.primary();
    if (this.text === '**') {
      this.next();
      this.factor();
      return VALUE;
    }
    return isPlace ? shape : VALUE;
  }

  /** A value, and what is asked of it: attributes, calls, subscripts. */
  private primary(): Shape {
    let shape = this.atom();
    for (;;) {
      switch (this.text) {
        case '.':
          this.next();
          this.identifier(this.name());
          shape = PLACE;
          break;
        case '(':
          this.next();
          this.args();
          shape = VALUE;
          break;
        case '[':
          this.next();
          this.subscript();
          shape = PLACE;
          break;
        default:
          return shape;
      }
    }
  }

  private atom(): Shape {
    const { token } = this;
    switch (token.kind) {
      case 'string':
        this.strings();
        return VALUE;
      case 'number':
        this.number();
        return VALUE;
      case 'name':
        if (/^(?:None|True|False)$/.test(token.text)) {
          this.next();
          return VALUE;
        }
        this.identifier(this.name());
        // What a comprehension uses may be its own.
        if (!this.hasLoop) {
          this.scope.used?.add(token.text);
        }
        return token.text === '__debug__' ? NAME : PLACE | NAME;
      case 'operator':
        switch (token.text) {
          case '(':
            this.next();
            return this.group();
          case '[':
            this.next();
            return this.listDisplay();
          case '{':
            this.next();
            this.braces();
            return VALUE;
          case '...':
            this.next();
            return VALUE;
        }
        return this.failHere();
    }
  }

  /** What stands in parentheses. */
  private group(): Shape {
    if (this.skip(')')) {
      return ASSIGNABLE | DELETABLE;
    }
    if (this.text === 'yield') {
      this.yielded();
      this.expect(')');
      return VALUE;
    }
    const start = this.at;
    const shape = this.element();
    if (this.text === ')') {
      this.next();
      if (shape & STARRED) {
        this.failFrom(
          start,
          'Something behind a `*` cannot stand alone in parentheses. Put a comma behind it.'
        );
      }
      return shape & ~NAME;
    }
    return this.rest(start, shape, ')', true);
  }

  private listDisplay(): Shape {
    if (this.skip(']')) {
      return ASSIGNABLE | DELETABLE;
    }
    const start = this.at;
    const shape = this.element();
    if (this.skip(']')) {
      return tuple(shape, shape & STARRED ? 1 : 0);
    }
    return this.rest(start, shape, ']', false);
  }

  /** An element of a display; a comprehension may follow it. */
  private element(): Shape {
    this.beginComprehension();
    const shape = this.namedOrStarred();
    if (!this.isComprehension()) {
      this.endOfComprehension();
    }
    return shape;
  }

  /** What follows the first element of a display. */
  private rest(
    start: number,
    first: Shape,
    closing: string,
    isGenerator: boolean
  ): Shape {
    if (this.isComprehension()) {
      this.clauses(start, first, isGenerator);
      this.expect(closing);
      return VALUE;
    }
    let shape = first;
    let stars = first & STARRED ? 1 : 0;
    while (this.text !== closing) {
      this.expect(',');
      if (this.text === closing) {
        break;
      }
      const next = this.namedOrStarred();
      stars += next & STARRED ? 1 : 0;
      shape &= next;
    }
    this.next();
    return tuple(shape, stars);
  }

  /** A dict or a set. */
  private braces(): void {
    if (this.skip('}')) {
      return;
    }
    const start = this.at;
    this.beginComprehension();
    const isDict = this.entry();
    if (this.isComprehension()) {
      const isStarred = /^\*\*?$/.test(this.tokens[start].text);
      this.clauses(start, isStarred ? STARRED : VALUE, false);
      this.expect('}');
      return;
    }
    this.endOfComprehension();
    while (this.text !== '}') {
      this.expect(',');
      if (this.text === '}') {
        break;
      }
      const at = this.at;
      if (this.entry() !== isDict) {
        this.failFrom(
          at,
          'A dict has a `:` in each of its entries, and a set in none. Correct this one.'
        );
      }
    }
    this.next();
  }

  /** An entry of a dict or a set; whether it is one of a dict. */
  private entry(): boolean {
    if (this.skip('**')) {
      this.binary();
      return true;
    }
    const start = this.at;
    const shape = this.namedOrStarred();
    if (this.text !== ':') {
      return false;
    }
    if (shape & STARRED || this.tokens[start + 1]?.text === ':=') {
      this.failHere();
    }
    this.next();
    this.expression();
    return true;
  }

  protected isComprehension(): boolean {
    return (
      this.text === 'for' || (this.text === 'async' && this.peek() === 'for')
    );
  }

  /** The `for … in … if …` of a comprehension, whose element is read. */
  protected clauses(start: number, element: Shape, isGenerator: boolean): void {
    if (element & STARRED) {
      const { from, to } = this.tokens[start];
      this.since(
        [3, 15],
        'A comprehension unpacks nothing before Python 3.15. Write one `for` more.',
        from,
        to
      );
    }
    const own = this.comprehension as IComprehension;
    own.kind = isGenerator ? 'generator' : 'display';
    let isFirst = true;
    while (this.isComprehension()) {
      if (this.text === 'async') {
        own.waits ??= this.token;
        this.next();
      }
      this.next();
      const before = this.at;
      const shape = this.targets();
      this.assignable(shape, before);
      const targets = this.tokens.slice(before, this.at);
      if (!targets.some(({ text }) => text === '.' || text === '[')) {
        own.names.push(...targets.map(({ text }) => text));
      }
      this.expect('in');
      this.iterables++;
      if (isFirst) {
        // It belongs to what is around.
        this.comprehensions.pop();
        this.disjunction();
        this.comprehensions.push(own);
      } else {
        this.disjunction();
      }
      this.iterables--;
      while (this.skip('if')) {
        this.disjunction();
      }
      isFirst = false;
    }
    this.endOfComprehension();
  }

  private get comprehension(): IComprehension | undefined {
    return this.comprehensions[this.comprehensions.length - 1];
  }

  /** Before the first element of what may be one. */
  protected beginComprehension(): void {
    if (this.hasLoop) {
      this.comprehensions.push({
        names: [],
        walruses: [],
        yields: []
      });
    }
  }

  protected endOfComprehension(): void {
    const own = this.comprehensions.pop();
    if (!own) {
      return;
    }
    if (own.kind) {
      this.checkComprehension(own);
    } else {
      this.comprehension?.yields.push(...own.yields);
    }
    this.comprehension?.walruses.push(...own.walruses);
    // A generator waits when it is asked: in a function that may.
    if (own.waits && own.kind !== 'generator') {
      this.awaiting(own.waits);
    }
  }

  private checkComprehension({
    names,
    walruses,
    yields
  }: IComprehension): void {
    for (const { from, to } of yields) {
      this.fail(
        '`yield` cannot stand in a comprehension. Write a loop.',
        from,
        to
      );
    }
    for (const { name, from, to } of walruses) {
      if (names.includes(name)) {
        this.fail(
          `\`${short(name)}\` is what the comprehension runs over, and \`:=\` cannot change it. Use another name.`,
          from,
          to
        );
      } else if (this.scope.kind === 'class') {
        this.fail(
          '`:=` cannot stand in a comprehension of a class. Move it out.',
          from,
          to
        );
      }
    }
  }

  /** The arguments of a call, or the bases of a class, behind the opening parenthesis. */
  protected args(ofClass = false): void {
    const keywords = new Set<string>();
    let unpacked = '';
    let count = 0;
    while (this.text !== ')') {
      const start = this.at;
      const { token } = this;
      if (this.skip('**')) {
        this.expression();
        unpacked = '**';
      } else if (this.skip('*')) {
        if (unpacked === '**') {
          this.failFrom(start, '`*` cannot follow `**` in a call. Swap them.');
        }
        this.expression();
      } else if (token.kind === 'name' && this.peek() === '=') {
        if (!this.isName) {
          this.failHere();
        }
        this.identifier(token);
        this.noDebug(token);
        if (keywords.has(token.text)) {
          this.fail(
            `The argument \`${short(token.text)}\` is given twice. Remove one.`,
            token.from,
            token.to
          );
        }
        keywords.add(token.text);
        unpacked ||= '=';
        this.moveTo(start + 2);
        this.expression();
      } else {
        this.positional(start, unpacked, ofClass ? 1 : count);
      }
      count++;
      if (this.text !== ')') {
        this.expect(',');
      }
    }
    this.next();
  }

  private positional(start: number, unpacked: string, count: number): void {
    this.beginComprehension();
    const shape = this.named();
    if (this.isComprehension()) {
      this.clauses(start, shape, true);
      if (count > 0 || this.text !== ')') {
        this.failFrom(
          start,
          'A generator that is not the only argument needs parentheses around it.'
        );
      }
    } else {
      this.endOfComprehension();
    }
    if (this.text === '=') {
      this.failFrom(
        start,
        'Only a name can stand left of `=` in a call; to compare, write `==`.'
      );
    }
    if (unpacked) {
      this.failFrom(
        start,
        unpacked === '='
          ? 'An argument without a name cannot follow one with a name. Move it to the front, or name it.'
          : 'An argument without a name cannot follow `**`. Move it to the front.'
      );
    }
  }

  private subscript(): void {
    this.slice();
    while (this.text !== ']') {
      this.expect(',');
      if (this.text === ']') {
        break;
      }
      this.slice();
    }
    this.next();
  }

  private slice(): void {
    if (this.text === '*') {
      this.next();
      this.binary();
      return;
    }
    if (this.text !== ':') {
      const start = this.at;
      this.named();
      if (this.text !== ':') {
        return;
      }
      if (this.tokens[start + 1]?.text === ':=') {
        this.failHere();
      }
    }
    for (let colons = 0; colons < 2 && this.skip(':'); colons++) {
      if (!/^[:,\]]$/.test(this.text)) {
        this.expression();
      }
    }
  }

  private lambda(): Shape {
    this.next();
    const parameters = this.parameters(':', false);
    this.expect(':');
    const { scope, comprehensions } = this;
    this.scope = {
      kind: 'lambda',
      isAsync: false,
      parameters,
      isLocal: true
    };
    this.comprehensions = [];
    this.expression();
    this.scope = scope;
    this.comprehensions = comprehensions;
    return VALUE;
  }

  /** Parameters up to what ends them, which is left. */
  protected parameters(end: string, mayHaveTypes: boolean): Set<string> {
    const names = new Set<string>();
    let hasDefault = false;
    let stage: '' | '/' | '*' | '**' = '';
    /** A `*` that wants a name behind it. */
    let bare = -1;
    while (this.text !== end) {
      const start = this.at;
      if (stage === '**') {
        this.failFrom(
          start,
          'Nothing can follow a parameter with `**`. Move it to the front.'
        );
      }
      if (this.text === '/') {
        if (stage !== '' || names.size === 0) {
          this.failHere();
        }
        stage = '/';
        this.next();
      } else if (this.text === '*' || this.text === '**') {
        const star = this.text;
        if (star === '*' && stage === '*') {
          this.failFrom(start, 'A function can have one `*` only. Remove one.');
        }
        this.next();
        if (star === '*' && [',', end].includes(this.peek(0))) {
          bare = start;
        } else {
          if (bare >= 0) {
            this.failFrom(bare, BARE_STAR);
          }
          this.parameter(names);
          this.typeOf(mayHaveTypes, star === '*');
          if (this.peek(0) === '=') {
            this.failHere();
          }
        }
        stage = star;
      } else {
        this.parameter(names);
        this.typeOf(mayHaveTypes, false);
        bare = -1;
        if (this.skip('=')) {
          this.expression();
          hasDefault = true;
        } else if (hasDefault && stage !== '*') {
          this.failFrom(
            start,
            `The parameter \`${short(this.tokens[start].text)}\` has no default, and one before it has. Give it one, or move it to the front.`
          );
        }
      }
      if (this.text !== end) {
        this.expect(',');
      }
    }
    if (bare >= 0) {
      this.failFrom(bare, BARE_STAR);
    }
    return names;
  }

  private parameter(names: Set<string>): void {
    const token = this.name();
    this.identifier(token);
    this.noDebug(token);
    if (names.has(token.text)) {
      this.fail(
        `The function has two parameters \`${short(token.text)}\`. Rename one.`,
        token.from,
        token.to
      );
    }
    names.add(token.text);
  }

  private typeOf(mayHave: boolean, mayHaveStar: boolean): void {
    if (mayHave && this.skip(':')) {
      if (mayHaveStar && this.skip('*')) {
        this.binary();
      } else {
        this.annotation();
      }
    }
  }

  /** New Pythons evaluate it late: what it uses is not used where it stands. */
  protected annotation(): void {
    const { scope } = this;
    const { used } = scope;
    scope.used = undefined;
    this.expression();
    scope.used = used;
  }

  protected yielded(): Shape {
    const { token, scope } = this;
    this.comprehension?.yields.push(token);
    if (scope.kind === 'module' || scope.kind === 'class') {
      this.misplaced(token, 'function');
    }
    scope.yields = true;
    this.next();
    if (this.text === 'from') {
      if (scope.isAsync && scope.kind === 'function') {
        this.fail(
          '`yield from` cannot stand in an asynchronous function. Write `async for` and `yield`.',
          token.from,
          this.token.to
        );
      }
      this.next();
      this.expression();
    } else if (this.beginsExpression()) {
      this.values();
    }
    return VALUE;
  }

  /** What is around may be a comprehension, which decides whether it can wait. */
  private awaiting(token: IToken): void {
    if (this.comprehension) {
      this.comprehension.waits ??= token;
    } else {
      this.asynchronous(token);
    }
  }

  /** Says so where what waits stands in a function that cannot. */
  protected asynchronous({ text, from, to }: IToken): void {
    if (!this.scope.isAsync) {
      this.fail(
        `\`${text}\` stands outside of an asynchronous function. Write \`async def\` for it, or leave the \`${text}\` out.`,
        from,
        to
      );
    }
  }

  /** Says so where a value is assigned to what cannot have one. */
  protected assignable(shape: Shape, start: number, wanted = ASSIGNABLE): void {
    if (!(shape & wanted) || shape & STARRED) {
      const last = this.tokens[this.at - 1];
      const { from } = this.tokens[start];
      const text = short(this.source.slice(from, last.to));
      this.fail(
        shape & STARRED
          ? `\`${text}\` takes what is left over, so it needs a list or a tuple around it. Put a comma behind it.`
          : wanted === SINGLE
            ? `\`${text}\` is no single name, attribute or item, so it cannot be changed like this.`
            : `\`${text}\` cannot be given a value. Write a name, an attribute or an item; to compare, write \`==\`.`,
        from,
        last.to
      );
    }
  }
}

const BARE_STAR =
  'Behind a `*`, a function needs a parameter with a name. Add one, or remove the `*`.';

function tuple(shape: Shape, stars: number): Shape {
  const own = shape & (ASSIGNABLE | DELETABLE);
  return stars > 1 ? VALUE : stars === 1 ? own & ~DELETABLE : own;
}
