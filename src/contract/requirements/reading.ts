/**
 * Reads the `requirements` literal and says what is wrong with it. The builder reads it by the same rules;
 * `server_ext/tests/data/requirements-cases.json` keeps the two equal.
 */

import type { SyntaxNode } from '@lezer/common';

import type { ICodeCell } from '../analysis/notebook';
import { readLiteral } from '../python/literals';
import type { Literal } from '../python/literals';
import { hasError } from '../python/tree';
import type { IRange } from '../types';
import { declarationsOf } from './declaration';
import type { IDeclaration } from './declaration';
import { readSpecifier } from './pep440';
import { normaliseName, readName } from './pep508';

/** A fact about the declaration; `text` is the author's own. */
export type RequirementFault = { cellIndex: number; range: IRange } & (
  | { kind: 'notLiteral'; text: string }
  | { kind: 'notList'; text: string }
  | { kind: 'notPair'; text: string; position: number }
  | { kind: 'name'; text: string; position: number }
  | { kind: 'version'; text: string; package: string; isNumber: boolean }
  | { kind: 'repeated'; package: string; text: string; first: string }
);

/** A package's name as its author wrote it, extras included, and a PEP 440 specifier. */
export type Pin = [name: string, specifier: string];

export interface IRequirements {
  /** Top-level statements that declare or change the list; the last one counts. */
  declarations: ReadonlyArray<IDeclaration>;
  /** In document order. */
  faults: ReadonlyArray<RequirementFault>;
  /** Undefined where there is a fault, or no declaration. */
  pins?: ReadonlyArray<Pin>;
}

export function readRequirements(
  code: ReadonlyArray<ICodeCell>
): IRequirements {
  const declarations = declarationsOf(code, 'requirements');
  const last = declarations[declarations.length - 1];
  // Half-typed code has its syntax error; more would only repeat that.
  if (!last || hasError(last.statement)) {
    return { declarations, faults: [] };
  }
  const reader = new Reader(last);
  const pins = reader.read();
  const { faults } = reader;
  return { declarations, faults, pins: faults.length ? undefined : pins };
}

type Fault = RequirementFault extends infer Each
  ? Each extends RequirementFault
    ? Omit<Each, 'cellIndex' | 'range'>
    : never
  : never;

class Reader {
  constructor(private readonly _declaration: IDeclaration) {}

  readonly faults: RequirementFault[] = [];

  read(): Pin[] {
    const { cell, statement, value } = this._declaration;
    const { literal, offender } = value
      ? readLiteral(value, cell.source)
      : { offender: statement, literal: undefined };
    if (!literal) {
      this._fail(offender, { kind: 'notLiteral', text: this._text(offender) });
      return [];
    } else if (literal.kind !== 'sequence') {
      const { node } = literal;
      this._fail(node, { kind: 'notList', text: this._text(node) });
      return [];
    }
    return literal.items.flatMap((item, index) => this._entry(item, index + 1));
  }

  private _entry(entry: Literal, position: number): Pin[] {
    if (entry.kind !== 'sequence' || entry.items.length !== 2) {
      const text = this._text(entry.node);
      this._fail(entry.node, { kind: 'notPair', text, position });
      return [];
    }
    const [name, version] = entry.items;
    const found = this._name(name, position);
    const specifier = this._specifier(name, version);
    if (found !== undefined) {
      this._notTwice(name, found);
    }
    return found !== undefined && specifier !== undefined
      ? [[found, specifier]]
      : [];
  }

  private _name({ node, ...literal }: Literal, position: number) {
    const name =
      literal.kind === 'string' ? readName(literal.value) : undefined;
    if (name === undefined) {
      this._fail(node, { kind: 'name', text: this._text(node), position });
    }
    return name;
  }

  private _specifier(name: Literal, { node, ...literal }: Literal) {
    const specifier =
      literal.kind === 'string' ? readSpecifier(literal.value) : undefined;
    if (specifier === undefined) {
      this._fail(node, {
        kind: 'version',
        text: this._text(node),
        package: this._text(name.node),
        isNumber: literal.kind === 'number'
      });
    }
    return specifier;
  }

  private _notTwice({ node }: Literal, name: string): void {
    const normalised = normaliseName(name);
    const first = this._seen.get(normalised);
    if (first !== undefined) {
      const fault = { package: normalised, text: name, first };
      this._fail(node, { kind: 'repeated', ...fault });
    } else {
      this._seen.set(normalised, name);
    }
  }

  private _text(node: SyntaxNode): string {
    return this._declaration.cell.source.slice(node.from, node.to);
  }

  private _fail({ from, to }: SyntaxNode, fault: Fault): void {
    const cellIndex = this._declaration.cell.index;
    this.faults.push({ ...fault, cellIndex, range: { from, to } });
  }

  private readonly _seen = new Map<string, string>();
}
