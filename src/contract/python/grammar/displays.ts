import { CallParser } from './calls';
import { ASSIGNABLE, DELETABLE, NAME, STARRED, tuple, VALUE } from './shapes';
import type { Shape } from './shapes';

/** Reads what stands in brackets, and what encloses an expression of its own. */
export abstract class DisplayParser extends CallParser {
  protected abstract values(): Shape;
  protected abstract beginsExpression(): boolean;

  protected starred(): Shape {
    this.expect('*');
    return (this.binary() & ASSIGNABLE) | STARRED;
  }

  protected namedOrStarred(): Shape {
    return this.text === '*' ? this.starred() : this.named();
  }

  /** What stands in parentheses. */
  protected group(): Shape {
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

  protected listDisplay(): Shape {
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
  protected element(): Shape {
    this.beginComprehension();
    const shape = this.namedOrStarred();
    if (!this.isComprehension()) {
      this.endOfComprehension();
    }
    return shape;
  }

  /** What follows the first element of a display. */
  protected rest(
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
  protected braces(): void {
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
  protected entry(): boolean {
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

  protected subscript(): void {
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

  protected slice(): void {
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

  protected lambda(): Shape {
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
}
