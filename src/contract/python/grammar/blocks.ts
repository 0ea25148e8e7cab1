import type { ILexed, ILogicalLine, IMagic, IToken } from '../lexer';
import { NO_NAMES } from './context';
import type { Clause, IBlock, IScope } from './context';
import { HeadParser } from './heads';

/** Reads the lines of a cell, block by block. */
export class BlockParser extends HeadParser {
  run({ lines, magics }: ILexed): void {
    this._declares = /\b(?:global|nonlocal)\b/.test(this.source);
    this._blocks.push({ column: 0, scope: this.scope, inLoop: false });
    let at = 0;
    lines.forEach((line, index) => {
      const { from } = line.tokens[0];
      for (; at < magics.length && magics[at].from < from; at++) {
        this._magic(magics[at]);
      }
      const last = line.tokens[line.tokens.length - 1];
      const value = magics[at];
      const hasMagic =
        value?.kind === 'value' &&
        value.from >= last.to &&
        value.from < (lines[index + 1]?.tokens[0].from ?? Infinity);
      this._line(line, hasMagic);
    });
    for (; at < magics.length; at++) {
      this._magic(magics[at]);
    }
    if (this._opened) {
      const { from, to } = lines[lines.length - 1].tokens[0];
      this.fail(
        'This line begins a block, and nothing is in it. Write what belongs there, further in, or `pass`.',
        from,
        to
      );
    }
    while (this._blocks.length > 0) {
      this._leave();
    }
  }

  /** IPython's line counts as a statement. */
  private _magic({ kind, from, to }: IMagic): void {
    if (kind === 'line') {
      const token: IToken = { kind: 'name', text: '', from, to, depth: 0 };
      this._settle(this._blockAt(token), token);
    }
  }

  private _line({ tokens }: ILogicalLine, hasMagic: boolean): void {
    const block = this._blockAt(tokens[0]);
    this.begin(tokens, hasMagic);
    if (block.cases) {
      this._case(block.cases);
      return;
    }
    switch (this.token.kind === 'name' ? this.text : '') {
      case 'if':
        this._settle(block);
        this.next();
        this.named();
        this._body(block);
        block.clause = 'if';
        return;
      case 'elif':
        this._follow(block, ['if']);
        this.next();
        this.named();
        this._body(block);
        block.clause = 'if';
        return;
      case 'else':
        this._else(block);
        return;
      case 'while':
        this._settle(block);
        this.next();
        this.named();
        this._body(block, { inLoop: true });
        block.clause = 'loop';
        return;
      case 'for':
        this._settle(block);
        this.forHead();
        this._body(block, { inLoop: true });
        block.clause = 'loop';
        return;
      case 'try': {
        this._settle(block);
        const { token } = this;
        this.next();
        this._body(block);
        block.clause = 'try';
        block.head = token;
        return;
      }
      case 'except':
        this._except(block);
        return;
      case 'finally':
        this._follow(block, ['try', 'except', 'except*', 'bare', 'tryElse']);
        this.next();
        this._body(block);
        return;
      case 'with':
        this._settle(block);
        this.withHead();
        this._body(block);
        return;
      case 'async':
        this._async(block);
        return;
      case 'def':
        this._function(block, false);
        return;
      case 'class':
        this._class(block);
        return;
      case 'match':
        if (this._isMatch()) {
          this._settle(block);
          this.matchHead();
          this._body(block, { cases: {} });
          return;
        }
    }
    if (this.token.kind === 'operator' && this.text === '@') {
      this._decorator(block);
      return;
    }
    this._settle(block);
    this.simpleStatements();
  }

  /** The block that a line belongs to; those that it ends are left. */
  private _blockAt({ from }: IToken): IBlock {
    let column = 0;
    const start = this.source.lastIndexOf('\n', from - 1) + 1;
    for (let at = start; at < from; at++) {
      column += this.source[at] === '\t' ? 8 - (column % 8) : 1;
    }
    const opened = this._opened;
    this._opened = undefined;
    if (opened) {
      opened.column = column;
      this._blocks.push(opened);
    } else {
      while (
        this._blocks.length > 1 &&
        this._blocks[this._blocks.length - 1].column > column
      ) {
        this._leave();
      }
    }
    const block = this._blocks[this._blocks.length - 1];
    this.scope = block.scope;
    this.inLoop = block.inLoop;
    return block;
  }

  private _leave(): void {
    const block = this._blocks.pop() as IBlock;
    this._settle(block);
    const { scope } = block;
    if (scope !== this._blocks[this._blocks.length - 1]?.scope) {
      this._endOf(scope);
    }
  }

  private _endOf({ kind, isAsync, yields, returnsAt }: IScope): void {
    if (kind === 'function' && isAsync && yields && returnsAt) {
      const { from, to } = returnsAt;
      this.fail(
        'An asynchronous function that yields cannot return a value. Yield it, or return nothing.',
        from,
        to
      );
    }
  }

  /** Nothing more comes to the last statement of a block: says what it lacks. */
  private _settle(block: IBlock, behind?: IToken): void {
    if (block.clause === 'try' && block.head) {
      const { from, to } = block.head;
      this.fail(
        'This `try` has neither `except` nor `finally`. Add one of them.',
        from,
        to
      );
    }
    block.clause = undefined;
    const decorator = block.decorator;
    if (decorator) {
      const { from, to } = behind ?? decorator;
      this.fail(
        'A decorator stands before a function or a class only. Write one, or remove it.',
        from,
        to
      );
    }
  }

  private _follow(block: IBlock, clauses: Clause[]): void {
    const { text, from, to } = this.token;
    if (!block.clause || !clauses.includes(block.clause)) {
      this._settle(block);
      this.fail(
        `This \`${text}\` belongs to no statement above it. Align it with one, or remove it.`,
        from,
        to
      );
    }
    block.clause = undefined;
  }

  private _else(block: IBlock): void {
    const isTry = /^(?:except\*?|bare)$/.test(block.clause ?? '');
    this._follow(block, ['if', 'loop', 'except', 'except*', 'bare']);
    this.next();
    this._body(block);
    block.clause = isTry ? 'tryElse' : undefined;
  }

  private _except(block: IBlock): void {
    const { token } = this;
    const before = block.clause;
    this._follow(block, ['try', 'except', 'except*', 'bare']);
    const kind = this.exceptHead();
    if (before === 'bare') {
      this.fail(
        'An `except` of everything stands above this one, which is never reached. Put that one last.',
        token.from,
        token.to
      );
    }
    if (before !== 'try' && (before === 'except*') !== (kind === 'except*')) {
      this.fail(
        '`except` and `except*` cannot handle the same `try`. Use one of them.',
        token.from,
        token.to
      );
    }
    this._body(block);
    block.clause = kind;
  }

  private _async(block: IBlock): void {
    const { token } = this;
    switch (this.peek()) {
      case 'def':
        this.next();
        this._function(block, true);
        return;
      case 'for':
        this._settle(block);
        this.asynchronous(token);
        this.next();
        this.forHead();
        this._body(block, { inLoop: true });
        block.clause = 'loop';
        return;
      case 'with':
        this._settle(block);
        this.asynchronous(token);
        this.next();
        this.withHead();
        this._body(block);
        return;
      default:
        this.next();
        this.failHere();
    }
  }

  private _decorator(block: IBlock): void {
    const { token } = this;
    const { decorator } = block;
    block.decorator = undefined;
    this._settle(block);
    this.next();
    this.named();
    if (!this.isAtEnd) {
      this.failHere();
    }
    block.decorator = decorator ?? token;
  }

  private _function(block: IBlock, isAsync: boolean): void {
    block.decorator = undefined;
    this._settle(block);
    this.next();
    const name = this.name();
    this.identifier(name);
    this.noDebug(name);
    this.typeParameters();
    this.expect('(');
    const parameters = this.parameters(')', true);
    this.expect(')');
    if (this.skip('->')) {
      this.expression();
    }
    block.scope.used?.add(name.text);
    this._body(block, {
      inLoop: false,
      scope: {
        kind: 'function',
        isAsync,
        parameters,
        isLocal: true,
        used: this._declares ? new Set() : undefined
      }
    });
  }

  private _class(block: IBlock): void {
    block.decorator = undefined;
    this._settle(block);
    this.next();
    const name = this.name();
    this.identifier(name);
    this.noDebug(name);
    this.typeParameters();
    if (this.skip('(')) {
      this.args(true);
    }
    this._body(block, {
      inLoop: false,
      scope: {
        kind: 'class',
        isAsync: false,
        parameters: NO_NAMES,
        isLocal: block.scope.isLocal,
        used: this._declares ? new Set() : undefined
      }
    });
  }

  private _isMatch(): boolean {
    const { tokens } = this;
    const last = tokens[tokens.length - 1];
    return (
      tokens.length > 2 &&
      tokens[1].text !== ':' &&
      last.kind === 'operator' &&
      last.text === ':' &&
      last.depth === 0
    );
  }

  private _case(cases: { all?: IToken }): void {
    const { token } = this;
    if (this.text !== 'case') {
      this.fail(
        'Only `case` can stand in the block of a `match`. Indent the line further, or move it out.',
        token.from,
        token.to
      );
    }
    if (cases.all) {
      this.fail(
        'This is never reached, since a `case` above takes whatever comes. Put that one last.',
        token.from,
        token.to
      );
    }
    if (this.caseHead()) {
      cases.all = token;
    }
    this._body(this._blocks[this._blocks.length - 1], { cases: undefined });
  }

  /** The colon behind a head, and what stands behind it: statements on the same line, or a block. */
  private _body(around: IBlock, inner: Partial<IBlock> = {}): void {
    this.expect(':');
    const { scope, inLoop } = around;
    const block: IBlock = { column: 0, scope, inLoop, ...inner };
    if (this.isAtEnd) {
      this._opened = block;
      return;
    }
    if (block.cases) {
      this.failHere();
    }
    this.scope = block.scope;
    this.inLoop = block.inLoop;
    this.simpleStatements();
    if (this.scope !== scope) {
      this._endOf(this.scope);
    }
  }

  /** Whether a name may be used before it is said to be another one's. */
  private _declares = false;
  private readonly _blocks: IBlock[] = [];
  /** The block that the next line begins. */
  private _opened: IBlock | undefined;
}
