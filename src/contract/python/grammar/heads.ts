import { Fault } from './fault';
import { StatementParser } from './statements';

/** Reads the heads of statements that have a block. */
export abstract class HeadParser extends StatementParser {
  /** `for` up to its colon. */
  protected forHead(): void {
    this.next();
    const start = this.at;
    this.assignable(this.targets(), start);
    this.expect('in');
    this.values();
  }

  /** `with` up to its colon. */
  protected withHead(): void {
    this.next();
    const { at, tokens, token } = this;
    if (token.text === '(' && token.kind === 'operator') {
      const end = tokens.findIndex(
        ({ kind, text, depth }, index) =>
          index > at &&
          kind === 'operator' &&
          text === ')' &&
          depth === token.depth
      );
      if (tokens[end + 1]?.text === ':' && this.parenthesisedItems()) {
        return;
      }
      this.moveTo(at);
    }
    do {
      this.withItem();
    } while (this.skip(','));
  }

  /** Whether the parentheses are those of several items, and not those of one expression. */
  private parenthesisedItems(): boolean {
    try {
      this.next();
      do {
        if (this.text === ')') {
          break;
        }
        this.withItem();
      } while (this.skip(','));
      this.expect(')');
      return this.peek(0) === ':';
    } catch (error) {
      if (error instanceof Fault) {
        return false;
      }
      throw error;
    }
  }

  private withItem(): void {
    this.expression();
    if (this.skip('as')) {
      const start = this.at;
      this.assignable(this.binary(), start);
    }
  }

  /** What is caught, up to the colon; whether there is something. */
  protected exceptHead(): 'except' | 'except*' | 'bare' {
    const { to } = this.token;
    this.next();
    const isGroup = this.skip('*');
    if (this.text === ':' && !isGroup) {
      return 'bare';
    }
    const start = this.at;
    this.expression();
    if (this.text === ',') {
      while (this.skip(',')) {
        this.expression();
      }
      if (this.peek(0) === 'as') {
        this.failHere();
      }
      this.since(
        [3, 14],
        'Several kinds of exceptions need parentheses around them before Python 3.14; to name the exception, write `as`.',
        this.tokens[start].from,
        this.tokens[this.at - 1]?.to ?? to
      );
    } else if (this.skip('as')) {
      this.bound();
    }
    return isGroup ? 'except*' : 'except';
  }

  /** `match` up to its colon. */
  protected matchHead(): void {
    this.next();
    const start = this.at;
    if (this.peek(0) !== '*') {
      this.named();
      if (this.text === ':') {
        return;
      }
      this.moveTo(start);
    }
    this.subjects();
  }

  /** Several, which make a tuple. */
  private subjects(): void {
    const start = this.at;
    let commas = 0;
    for (;;) {
      if (this.skip('*')) {
        this.binary();
      } else {
        this.named();
      }
      if (!this.skip(',')) {
        break;
      }
      commas++;
      if (this.text === ':') {
        break;
      }
    }
    if (commas === 0 && this.tokens[start].text === '*') {
      this.failHere(',');
    }
  }

  /** `case` up to its colon; whether nothing can come behind it. */
  protected caseHead(): boolean {
    this.next();
    const takes = this.patterns();
    if (this.skip('if')) {
      this.named();
      return false;
    }
    return takes === 'anything';
  }
}
