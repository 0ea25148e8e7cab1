import type { IToken } from '../lexer';
import { ASSIGNABLE, DELETABLE, SINGLE, STARRED } from './shapes';
import { PatternParser } from './patterns';
import { short } from './cursor';

const AUGMENTED = new Set(
  '+= -= *= /= //= %= @= &= |= ^= >>= <<= **='.split(' ')
);

const FUTURES = new Set(
  (
    'nested_scopes generators division absolute_import with_statement print_function unicode_literals ' +
    'barry_as_FLUFL generator_stop annotations'
  ).split(' ')
);

/** Reads statements that are no blocks, and the heads of those that are. */
export abstract class StatementParser extends PatternParser {
  /** Whether a loop is around, in the same function. */
  protected inLoop = false;

  protected field(): void {
    const start = this.at;
    this.beginComprehension();
    const shape = this.assigned();
    if (this.isComprehension()) {
      // A generator needed no parentheses here before Python 3.12.
      this.clauses(start, shape, true);
    } else {
      this.endOfComprehension();
    }
  }

  /** Takes a name that gets a value. */
  protected bound(): IToken {
    const token = this.name();
    this.identifier(token);
    this.noDebug(token);
    return token;
  }

  /** Simple statements up to the end of the line, `;` between them. */
  protected simpleStatements(): void {
    for (;;) {
      this.simpleStatement();
      if (this.isAtEnd) {
        return;
      }
      this.expect(';');
      if (this.isAtEnd) {
        return;
      }
    }
  }

  private simpleStatement(): void {
    const { token } = this;
    switch (token.kind === 'name' ? token.text : '') {
      case 'pass':
        this.next();
        return;
      case 'break':
      case 'continue':
        if (!this.inLoop) {
          this.misplaced(token, 'loop');
        }
        this.next();
        return;
      case 'return':
        return this.returns();
      case 'del':
        return this.deletes();
      case 'assert':
        this.next();
        this.expression();
        if (this.skip(',')) {
          this.expression();
        }
        return;
      case 'raise':
        this.next();
        if (!this.isAtEnd && this.text !== ';') {
          this.expression();
          if (this.skip('from')) {
            this.expression();
          }
        }
        return;
      case 'global':
      case 'nonlocal':
        return this.declares(token);
      case 'import':
        return this.imports();
      case 'from':
        return this.importsFrom();
      case 'yield':
        this.yielded();
        return;
      case 'type':
        if (this.tokens[this.at + 1]?.kind === 'name') {
          const after = this.peek(2);
          if (after === '=' || after === '[') {
            return this.typeAlias();
          }
        }
    }
    this.assigns();
  }

  /** An expression, or an assignment of any kind. */
  private assigns(): void {
    let start = this.at;
    let shape = this.expressions();
    if (this.text === ':') {
      this.assignable(shape, start, SINGLE);
      this.next();
      this.annotation();
      if (this.skip('=')) {
        this.value();
      }
      return;
    }
    if (AUGMENTED.has(this.text)) {
      this.assignable(shape, start, SINGLE);
      this.next();
      this.assigned();
      return;
    }
    while (this.text === '=') {
      this.assignable(shape, start, ASSIGNABLE);
      this.next();
      start = this.at;
      if (this.isAtEnd && this.hasMagic) {
        return;
      }
      if (this.peek(0) === 'yield') {
        this.yielded();
        shape = 0;
        if (this.peek(0) === '=') {
          this.assignable(shape, start);
        }
        return;
      }
      shape = this.expressions();
    }
    if (shape & STARRED) {
      this.failFrom(
        start,
        'Something behind a `*` cannot stand alone here. Remove the `*`, or put a comma behind it.'
      );
    }
  }

  private value(): void {
    if (!(this.isAtEnd && this.hasMagic)) {
      this.assigned();
    }
  }

  private returns(): void {
    const { token } = this;
    if (this.scope.kind !== 'function') {
      this.misplaced(token, 'function');
    }
    this.next();
    if (!this.isAtEnd && this.text !== ';') {
      this.values();
      this.scope.returnsAt ??= token;
    }
  }

  private deletes(): void {
    this.next();
    const start = this.at;
    const shape = this.targets();
    if (!(shape & DELETABLE)) {
      const { from } = this.tokens[start];
      const { to } = this.tokens[this.at - 1];
      const text = short(this.source.slice(from, to));
      this.fail(
        `\`${text}\` cannot be deleted. Name a variable, an attribute or an item.`,
        from,
        to
      );
    }
  }

  private declares({ text: word, from, to }: IToken): void {
    const { scope } = this;
    if (word === 'nonlocal' && !scope.isLocal) {
      this.fail(
        '`nonlocal` stands outside of a function. Write `global`, or remove it.',
        from,
        to
      );
    }
    do {
      this.next();
      const token = this.name();
      this.identifier(token);
      const { text } = token;
      const why = scope.parameters.has(text)
        ? 'is a parameter'
        : scope.used?.has(text)
          ? 'is used further up in the function'
          : '';
      if (why) {
        this.fail(
          `\`${short(text)}\` ${why}, so it cannot be \`${word}\` here. Move the line to the front, or rename one of them.`,
          token.from,
          token.to
        );
      }
    } while (this.text === ',');
  }

  private imports(): void {
    do {
      this.next();
      this.dottedName();
      if (this.skip('as')) {
        this.bound();
      }
    } while (this.text === ',');
  }

  private dottedName(): void {
    this.identifier(this.name());
    while (this.skip('.')) {
      this.identifier(this.name());
    }
  }

  private importsFrom(): void {
    this.next();
    const start = this.at;
    while (this.text === '.' || this.text === '...') {
      this.next();
    }
    if (this.at === start || this.text !== 'import') {
      this.dottedName();
    }
    const isFuture =
      this.at === start + 1 && this.tokens[start].text === '__future__';
    this.expect('import');
    if (this.text === '*') {
      if (this.scope.kind !== 'module') {
        const { from, to } = this.token;
        this.fail(
          '`import *` stands in a function or a class. Name what is imported, or move it out.',
          from,
          to
        );
      }
      this.next();
      return;
    }
    const isParenthesised = this.skip('(');
    do {
      const token = this.name();
      this.identifier(token);
      if (isFuture && !FUTURES.has(token.text)) {
        this.fail(
          `Python has no \`__future__\` that is named \`${short(token.text)}\`. Remove it.`,
          token.from,
          token.to
        );
      }
      if (this.skip('as')) {
        this.bound();
      }
    } while (this.skip(',') && !(isParenthesised && this.text === ')'));
    if (isParenthesised) {
      this.expect(')');
    }
  }

  private typeAlias(): void {
    this.next();
    this.identifier(this.name());
    this.typeParameters();
    this.expect('=');
    this.expression();
  }

  /** In brackets, if there are any (PEP 695). */
  protected typeParameters(): void {
    if (!this.skip('[')) {
      return;
    }
    const names = new Set<string>();
    let hasDefault = false;
    do {
      if (this.text === ']' && names.size > 0) {
        break;
      }
      const star = this.text;
      if (star === '*' || star === '**') {
        this.next();
      }
      const token = this.name();
      this.identifier(token);
      if (names.has(token.text)) {
        this.fail(
          `There are two type parameters \`${short(token.text)}\`. Rename one.`,
          token.from,
          token.to
        );
      }
      names.add(token.text);
      if (star !== '*' && star !== '**' && this.skip(':')) {
        this.expression();
      }
      if (this.skip('=')) {
        hasDefault = true;
        if (star === '*' && this.skip('*')) {
          this.binary();
        } else {
          this.expression();
        }
      } else if (hasDefault) {
        this.fail(
          `The type parameter \`${short(token.text)}\` has no default, and one before it has. Give it one.`,
          token.from,
          token.to
        );
      }
    } while (this.skip(','));
    this.expect(']');
  }
}
