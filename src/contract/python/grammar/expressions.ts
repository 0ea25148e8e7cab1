import type { IToken } from '../lexer';
import { KEYWORDS } from './cursor';
import { DisplayParser } from './displays';
import { NAME, PLACE, STARRED, tuple, VALUE } from './shapes';
import type { Shape } from './shapes';

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', 'is']);
/** What may begin an expression, names, strings and numbers apart. */
const BEGINNINGS = new Set(
  '( [ { ~ + - * ... not lambda await None True False'.split(' ')
);
const BINARY = new Set('| ^ & << >> + - * / // % @'.split(' '));

/** Reads expressions by Python's grammar (https://docs.python.org/3/reference/grammar.html). */
export abstract class ExpressionParser extends DisplayParser {
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
  protected beginsExpression(): boolean {
    const { kind, text } = this.token;
    return kind === 'operator'
      ? BEGINNINGS.has(text)
      : kind !== 'name' || !KEYWORDS.has(text) || BEGINNINGS.has(text);
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
}
