import type { IToken } from '../lexer';

/** What surrounds a statement, as far as it decides what may stand there. */

/** A function, a class, or the cell itself. */
export interface IScope {
  kind: 'module' | 'class' | 'function' | 'lambda';
  isAsync: boolean;
  /** Names that it uses, up to now; kept where a `global` or `nonlocal` may come too late. */
  used?: Set<string>;
  parameters: ReadonlySet<string>;
  /** Whether it is inside of a function. */
  isLocal: boolean;
  /** Whether it yields, and where it returns a value: an asynchronous function cannot do both. */
  yields?: boolean;
  returnsAt?: IToken;
}

/** A comprehension that is being read, or what may turn out to be one. */
export interface IComprehension {
  /** What it runs over. */
  names: string[];
  /** What `:=` names within it. */
  walruses: { name: string; from: number; to: number }[];
  yields: { from: number; to: number }[];
  /** The first `await`, or `async for`. */
  waits?: IToken;
  /** Undefined until a `for` shows that it is one. */
  kind?: 'generator' | 'display';
}

export const NO_NAMES: ReadonlySet<string> = new Set<string>();

export function moduleScope(): IScope {
  return {
    kind: 'module',
    isAsync: true,
    parameters: NO_NAMES,
    isLocal: false
  };
}

/** What can go on with a compound statement at its own level. */
export type Clause =
  'if' | 'loop' | 'try' | 'except' | 'except*' | 'bare' | 'tryElse';

export interface IBlock {
  column: number;
  scope: IScope;
  inLoop: boolean;
  /** The last statement of the block, where it may have more parts. */
  clause?: Clause;
  /** Where the `try` stands that has no handler yet. */
  head?: IToken;
  /** The last decorator, which wants a definition. */
  decorator?: IToken;
  /** Of the block of a `match`: the `case` that leaves nothing for others, or true. */
  cases?: { all?: IToken };
}
