/** Notebooks made at random, for a comparison of what the lint says of their names with what Python does. */

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What the cells use. The source does not show how `yes`, `no` and `pick` answer, nor that `fail` fails; all loops
 * end, since each round asks for fuel.
 */
export const PRELUDE = `
from contextlib import nullcontext, suppress
items, fuel = [1, 2], [300]
def use(*values):
    fuel[0] -= 1
    if fuel[0] < 0:
        raise SystemExit
def yes():
    use()
    return True
def no():
    use()
    return False
def fail():
    raise ValueError
def pick(n):
    return [1, [7], {"k": 7}, "x"][n]
`.trim();

/** Where a statement stands. */
interface IPlace {
  depth: number;
  inLoop: boolean;
  /** Whether what fails here is looked after. */
  isTried: boolean;
  /** Where no other statement but simple ones are wanted. */
  inClass: boolean;
}

const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** A name that nothing binds. */
export const NEVER = 'never';

export class NotebookMaker {
  constructor(private readonly _next: () => number) {}

  notebook(): string[] {
    const cells = Array.from({ length: 1 + this._below(4) }, () =>
      this._block(
        { depth: 0, inLoop: false, isTried: false, inClass: false },
        1 + this._below(4)
      ).join('\n')
    );
    // Else, few notebooks would run to the end.
    const start = this._next() < 0.6 ? ['a = b = c = 1'] : [];
    return [PRELUDE, ...start, ...cells];
  }

  private _block(place: IPlace, length = 1 + this._below(3)): string[] {
    return Array.from({ length }, () => this._statement(place)).flat();
  }

  private _statement(place: IPlace): string[] {
    if (place.depth > 3 || place.inClass || this._next() < 0.5) {
      return [this._simple(place)];
    }
    const inner = { ...place, depth: place.depth + 1 };
    return this._one([
      () => this._if(inner),
      () => this._if(inner),
      () => this._for({ ...inner, inLoop: true }, inner),
      () => this._while({ ...inner, inLoop: true }),
      () => this._try(inner),
      () => this._try(inner),
      () => this._match(inner),
      () => this._with(inner),
      () => this._function(inner),
      () => ['class K:', ...this._body({ ...inner, inClass: true })]
    ])();
  }

  private _simple({ inLoop, isTried, inClass }: IPlace): string {
    const name = this._name();
    const other = this._name();
    const jump = inLoop && !inClass && this._next() < 0.25;
    if (jump) {
      return this._one([
        'break',
        'continue',
        `if yes(): break`,
        'if no(): continue'
      ]);
    } else if (isTried && this._next() < 0.2) {
      return this._one(['fail()', 'raise ValueError']);
    }
    return this._one([
      `${name} = 1`,
      `${name} = 1`,
      `${name} = 1`,
      `${name} = ${other}`,
      `${name} += 1`,
      `use(${name})`,
      `use(${name})`,
      `use(${this._next() < 0.1 ? NEVER : name})`,
      `del ${name}`,
      `use(${name} := 1)`,
      `use([${name} for ${other} in items])`,
      `use([${name} for _ in ${this._one(['items', '[]', '()'])} if ${this._condition()}])`,
      `use([${name} for _ in items if (${name} := 1)])`,
      `use(sum(${name} for ${name} in items))`,
      `use(${name} if ${this._condition()} else ${other})`,
      `${this._condition()} and use(${name})`,
      `assert ${this._one(['True', 'yes()'])}, ${name}`,
      `use(lambda ${name}=${other}: ${name})`,
      `import math as ${name}`,
      `${name}: int = ${other}`,
      `use(f"{${name}!r:>{4}}")`,
      `[${name}, *${other}] = items`,
      'pass'
    ]);
  }

  private _if(inner: IPlace): string[] {
    const lines = [`if ${this._condition()}:`, ...this._body(inner)];
    while (this._next() < 0.3) {
      const test =
        this._next() < 0.3 ? `use(${this._name()})` : this._condition();
      lines.push(`elif ${test}:`, ...this._body(inner));
    }
    return this._next() < 0.5
      ? [...lines, 'else:', ...this._body(inner)]
      : lines;
  }

  private _for(inner: IPlace, outside: IPlace): string[] {
    const over = this._one(['items', 'items', 'items', '[]', '()']);
    const lines = [`for ${this._name()} in ${over}:`, ...this._body(inner)];
    return this._next() < 0.3
      ? [...lines, 'else:', ...this._body(outside)]
      : lines;
  }

  private _while(inner: IPlace): string[] {
    const test = this._one(['True', 'True', '1', 'False']);
    const end = this._next() < 0.7 ? ['    break'] : [];
    return [`while ${test}:`, '    use()', ...this._body(inner), ...end];
  }

  private _try(inner: IPlace): string[] {
    const lines: string[] = [];
    const isHandled = this._next() < 0.8;
    lines.push(
      'try:',
      ...this._body({ ...inner, isTried: inner.isTried || isHandled })
    );
    if (isHandled) {
      lines.push(
        `except ValueError${this._next() < 0.3 ? ` as ${this._name()}` : ''}:`,
        ...this._body(inner)
      );
      if (this._next() < 0.3) {
        lines.push('else:', ...this._body(inner));
      }
    }
    if (!isHandled || this._next() < 0.3) {
      lines.push(
        'finally:',
        ...this._body({ ...inner, inLoop: false, isTried: false })
      );
    }
    return lines;
  }

  private _match(inner: IPlace): string[] {
    const cases = [
      '1',
      `[${this._name()}]`,
      `{"k": ${this._name()}}`,
      `int() as ${this._name()}`,
      `str() | [_] if ${this._condition()}`
    ];
    const lines = [`match pick(${this._below(4)}):`];
    for (const pattern of cases.filter(() => this._next() < 0.4)) {
      lines.push(`    case ${pattern}:`, ...indented(this._body(inner)));
    }
    if (lines.length === 1 || this._next() < 0.5) {
      const last = this._next() < 0.5 ? '_' : this._name();
      lines.push(`    case ${last}:`, ...indented(this._body(inner)));
    }
    return lines;
  }

  private _with(inner: IPlace): string[] {
    const isTried = this._next() < 0.4;
    const head = isTried
      ? 'with suppress(ValueError):'
      : `with nullcontext(1) as ${this._name()}:`;
    return [
      head,
      ...this._body({ ...inner, isTried: inner.isTried || isTried })
    ];
  }

  /** A function that is called at once, or never. */
  private _function(inner: IPlace): string[] {
    const globals = NAMES.filter(() => this._next() < 0.5);
    // The others are its own: of these, Python says something else.
    const own = NAMES.filter(name => !globals.includes(name));
    return [
      `def f(${own.map(name => `${name}=1`).join(', ')}):`,
      ...(globals.length > 0 ? [`    global ${globals.join(', ')}`] : []),
      ...this._body({ ...inner, inLoop: false, isTried: false }).filter(
        line => !own.some(name => new RegExp(`\\bdel ${name}\\b`).test(line))
      ),
      '    pass',
      ...(this._next() < 0.7 ? ['f()'] : [])
    ];
  }

  private _body(place: IPlace): string[] {
    return indented(this._block(place));
  }

  private _condition(): string {
    return this._one([
      'yes()',
      'no()',
      'yes()',
      'no()',
      'True',
      'False',
      'not True',
      '0',
      'no() or yes()',
      'False and yes()'
    ]);
  }

  private _name(): string {
    return this._one(NAMES);
  }

  private _one<T>(choices: ReadonlyArray<T>): T {
    return choices[this._below(choices.length)];
  }

  private _below(end: number): number {
    return Math.floor(this._next() * end);
  }
}

function indented(lines: string[]): string[] {
  return lines.map(line => `    ${line}`);
}
