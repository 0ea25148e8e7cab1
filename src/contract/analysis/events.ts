import type { SyntaxNode } from '@lezer/common';

/** How a name got its value. */
export type Origin =
  | { kind: 'function'; node: SyntaxNode; isDecorated: boolean }
  | { kind: 'value'; nodes: SyntaxNode[] }
  | { kind: 'other' };

/** What a cell does with one global name. Events of a cell are in the order of evaluation. */
export interface INameEvent {
  /** `anything`: from here on, names may exist that nobody can see. */
  kind: 'definition' | 'use' | 'anything';
  name: string;
  from: number;
  to: number;
  /** It happens when a function runs, not when its cell does. */
  isDeferred: boolean;
  /** Part of an annotation, which new Pythons evaluate late. */
  inAnnotation: boolean;
  /** Within a `try` that handles a missing name. */
  isGuarded: boolean;
  /** Where the outermost loop of the cell around it begins; -1 outside of loops. */
  loop: number;
  /** Of a definition. */
  origin?: Origin;
}
