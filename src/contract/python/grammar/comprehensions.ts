import type { IToken } from '../lexer';
import type { IComprehension } from './context';
import { short } from './cursor';
import { LiteralParser } from './literals';
import { ASSIGNABLE, SINGLE, STARRED } from './shapes';
import type { Shape } from './shapes';

/** Reads comprehensions, and says what cannot wait or have a value. */
export abstract class ComprehensionParser extends LiteralParser {
  protected abstract targets(): Shape;
  protected abstract disjunction(): Shape;

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

  protected get comprehension(): IComprehension | undefined {
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

  protected checkComprehension({
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

  /** What is around may be a comprehension, which decides whether it can wait. */
  protected awaiting(token: IToken): void {
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
