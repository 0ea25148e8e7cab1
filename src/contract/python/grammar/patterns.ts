import { ExpressionParser } from './expressions';
import { short } from './cursor';
import type { IToken } from '../lexer';

/** Whether it takes whatever comes. */
type Takes = 'anything' | 'something';

/** Reads the patterns of `case` (PEP 634). */
export abstract class PatternParser extends ExpressionParser {
  /** Behind the word `case`, up to a guard or the colon; whether it takes whatever comes. */
  protected patterns(): Takes {
    const names = new Set<string>();
    const start = this.at;
    const first = this.sequenceItem(names);
    if (this.text !== ',') {
      if (this.tokens[start].text === '*') {
        this.failFrom(start, 'A `*` needs a comma behind what follows it.');
      }
      return first;
    }
    while (this.skip(',')) {
      if ([':', 'if'].includes(this.peek(0))) {
        break;
      }
      this.sequenceItem(names);
    }
    this.oneStar(start);
    return 'something';
  }

  private sequenceItem(names: Set<string>): Takes {
    if (this.skip('*')) {
      this.capture(names);
      return 'something';
    }
    return this.pattern(names);
  }

  private oneStar(start: number): void {
    const depth = this.tokens[start]?.depth;
    const stars = this.tokens
      .slice(start, this.at)
      .filter(
        (token, index, all) =>
          token.text === '*' &&
          token.kind === 'operator' &&
          token.depth === depth &&
          (index === 0 || /^[,([]$/.test(all[index - 1].text))
      );
    if (stars.length > 1) {
      const { from, to } = stars[1];
      this.fail('A pattern can have one `*` only. Remove one.', from, to);
    }
  }

  private pattern(names: Set<string>): Takes {
    let takes = this.alternatives(names);
    if (this.skip('as')) {
      if (this.text === '_') {
        this.failHere();
      }
      this.capture(names);
      takes = takes === 'anything' ? takes : 'something';
    }
    return takes;
  }

  private alternatives(names: Set<string>): Takes {
    const own = new Set<string>();
    const start = this.at;
    let takes = this.closed(own);
    while (this.text === '|') {
      if (takes === 'anything') {
        this.failFrom(
          start,
          'This takes whatever comes, so what stands behind it is never reached. Put it last.'
        );
      }
      this.next();
      const other = new Set<string>();
      takes = this.closed(other);
      if (other.size !== own.size || [...other].some(name => !own.has(name))) {
        this.failFrom(
          start,
          'Alternatives of a pattern have to bind the same names. Make them agree.'
        );
      }
    }
    for (const name of own) {
      this.bindOnce(name, this.tokens[start], names);
    }
    return takes;
  }

  private bindOnce(
    name: string,
    { from, to }: IToken,
    names: Set<string>
  ): void {
    if (names.has(name)) {
      this.fail(
        `The pattern binds \`${short(name)}\` twice. Rename one.`,
        from,
        to
      );
    }
    names.add(name);
  }

  private capture(names: Set<string>): void {
    const token = this.name();
    this.identifier(token);
    this.noDebug(token);
    if (token.text !== '_') {
      this.bindOnce(token.text, token, names);
    }
  }

  private closed(names: Set<string>): Takes {
    const { token } = this;
    if (token.kind === 'string') {
      this.strings();
    } else if (token.kind === 'number' || token.text === '-') {
      this.signed();
    } else if (/^(?:None|True|False)$/.test(token.text)) {
      this.next();
    } else if (token.text === '(' || token.text === '[') {
      return this.sequence(names);
    } else if (token.text === '{') {
      this.mapping(names);
    } else if (!this.isName) {
      this.failHere();
    } else if (/^[.(]$/.test(this.peek())) {
      this.dotted();
      if (this.skip('(')) {
        this.classArguments(names);
      }
    } else {
      this.capture(names);
      return 'anything';
    }
    return 'something';
  }

  private dotted(): void {
    this.identifier(this.name());
    while (this.skip('.')) {
      this.identifier(this.name());
    }
  }

  /** A number, perhaps negative, perhaps complex. */
  private signed(): void {
    this.skip('-');
    this.numeral();
    if (this.text === '+' || this.text === '-') {
      this.next();
      const { token } = this;
      this.numeral();
      if (!/[jJ]$/.test(token.text)) {
        this.fail(
          'An imaginary number has to follow here.',
          token.from,
          token.to
        );
      }
    }
  }

  private numeral(): void {
    if (this.token.kind !== 'number') {
      this.failHere();
    }
    this.number();
  }

  private sequence(names: Set<string>): Takes {
    const opening = this.text;
    const closing = opening === '(' ? ')' : ']';
    this.next();
    const start = this.at;
    let takes: Takes = 'something';
    let count = 0;
    let commas = 0;
    while (this.text !== closing) {
      takes = this.sequenceItem(names);
      count++;
      if (this.text !== closing) {
        this.expect(',');
        commas++;
      }
    }
    const isGroup = opening === '(' && count === 1 && commas === 0;
    if (isGroup && this.tokens[start].text === '*') {
      this.failFrom(start, 'A `*` needs a comma behind what follows it.');
    }
    this.oneStar(start);
    this.next();
    return isGroup ? takes : 'something';
  }

  private mapping(names: Set<string>): void {
    this.next();
    while (this.text !== '}') {
      if (this.skip('**')) {
        if (this.peek(0) === '_') {
          this.failHere();
        }
        this.capture(names);
        this.skip(',');
        if (this.peek(0) !== '}') {
          this.failHere();
        }
        break;
      }
      this.key();
      this.expect(':');
      this.pattern(names);
      if (this.text !== '}') {
        this.expect(',');
      }
    }
    this.next();
  }

  private key(): void {
    if (this.token.kind === 'string') {
      this.strings();
    } else if (this.token.kind === 'number' || this.text === '-') {
      this.signed();
    } else if (/^(?:None|True|False)$/.test(this.text)) {
      this.next();
    } else if (this.peek() === '.') {
      this.dotted();
    } else {
      this.failHere();
    }
  }

  private classArguments(names: Set<string>): void {
    const keywords = new Set<string>();
    while (this.text !== ')') {
      const { token } = this;
      if (this.isName && this.peek() === '=') {
        if (keywords.has(token.text)) {
          this.fail(
            `The pattern has the attribute \`${short(token.text)}\` twice. Remove one.`,
            token.from,
            token.to
          );
        }
        keywords.add(token.text);
        this.moveTo(this.at + 2);
      } else if (keywords.size > 0) {
        this.failHere();
      }
      this.pattern(names);
      if (this.text !== ')') {
        this.expect(',');
      }
    }
    this.next();
  }
}
