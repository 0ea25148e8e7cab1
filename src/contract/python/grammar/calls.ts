import { short } from './cursor';
import { ComprehensionParser } from './comprehensions';
import type { Shape } from './shapes';

/** Reads arguments and parameters. */
export abstract class CallParser extends ComprehensionParser {
  protected abstract named(): Shape;
  protected abstract expression(): Shape;
  protected abstract binary(): Shape;

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
}

const BARE_STAR =
  'Behind a `*`, a function needs a parameter with a name. Add one, or remove the `*`.';
