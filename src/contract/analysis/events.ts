import type { SyntaxNode } from '@lezer/common';

/** How a name got its value. */
export type Origin =
  | { kind: 'function'; node: SyntaxNode; isDecorated: boolean }
  | { kind: 'class'; node: SyntaxNode }
  /** The whole value of an assignment. */
  | { kind: 'value'; nodes: SyntaxNode[] }
  /** A part of a value: what a loop runs over, what is unpacked. */
  | { kind: 'part'; nodes: SyntaxNode[] }
  /** What a `with` gave. */
  | { kind: 'context'; node: SyntaxNode }
  /** Its module or what it has of it, in dots. */
  | { kind: 'import'; path: string }
  | { kind: 'other' };

/**
 * What is known of a name at a place, from the code of the same cell above it: nothing; that it has a value; that it
 * may have one; that it had one.
 */
export type NameState = 'unbound' | 'bound' | 'maybe' | 'deleted';

/** What a cell does with one global name. Events of a cell are in the order of evaluation. */
export interface INameEvent {
  /** `anything`: from here on, names may exist that nobody can see. */
  kind: 'definition' | 'use' | 'deletion' | 'anything';
  name: string;
  from: number;
  to: number;
  /** It happens when a function runs, not when its cell does. */
  isDeferred: boolean;
  /** How many functions deep it stands that run later; 0 outside of them. */
  depth: number;
  /** Part of an annotation, which new Pythons evaluate late. */
  inAnnotation: boolean;
  /** Within a `try` that handles a missing name. */
  isGuarded: boolean;
  /** It may be skipped, and perhaps is so when the name has no value. */
  isConditional: boolean;
  /** It may be skipped for reasons of its own: a round of a loop that ends above it, an exception that is handled. */
  isSkippable: boolean;
  /** Where the outermost loop of the cell around it begins; -1 outside of loops. */
  loop: number;
  /** Where the outermost function, lambda or class begins that it is a part of; -1 outside of them. */
  unit: number;
  /** Of a use: what is known of the name in this cell. */
  state: NameState;
  /**
   * The definition of the same cell above that the name has its value from, if no other one can have given it; of a
   * name that is deleted, what took it away.
   */
  held?: INameEvent;
  /** Of a use: whether it is called. */
  isCall: boolean;
  /** Of a definition. */
  origin?: Origin;
}
