/** Changes the `requirements` list in its author's own layout: adds entries and removes them. */

import type { SyntaxNode } from '@lezer/common';

import { perNotebook } from '../analysis/memo';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { readLiteral } from '../python/literals';
import type { Literal } from '../python/literals';
import { children, hasError } from '../python/tree';
import type { IDeclaration } from '../requirements/declaration';
import { readLine } from '../requirements/lines';
import { normaliseName } from '../requirements/pep508';
import type { ICellEdit, IRange, NotebookEdit } from '../types';
import { entryText, requirementsText } from './requirements-text';
import type { NamedVersion } from './requirements-text';

/** The list as it stands in the source. */
export interface IRequirementsList {
  cell: ICodeCell;
  /** With its brackets; undefined for a tuple that has none. */
  brackets?: SyntaxNode;
  isTuple: boolean;
  entries: ReadonlyArray<IEntry>;
  /** The comma behind the last entry. */
  lastComma?: SyntaxNode;
}

export interface IEntry {
  /** Parentheses around it included. */
  node: SyntaxNode;
  /** The comma behind it. */
  comma?: SyntaxNode;
  literal: Literal;
}

/** The list that a declaration makes; undefined where it makes none, or is half typed. */
export function listOf({
  cell,
  statement,
  value
}: IDeclaration): IRequirementsList | undefined {
  if (!value || hasError(statement)) {
    return undefined;
  }
  const { literal } = readLiteral(value, cell.source);
  if (literal?.kind !== 'sequence') {
    return undefined;
  }
  const { node, items } = literal;
  const isBare = value.length > 1 || value[0].nextSibling?.name === ',';
  const parts = isBare
    ? children(statement).filter(({ from }) => from >= value[0].from)
    : children(node).slice(1, -1);
  const last = parts[parts.length - 1];
  const nodes = parts.filter(({ name }) => name !== ',');
  const commas = parts.filter(({ name }) => name === ',');
  return {
    cell,
    brackets: isBare ? undefined : node,
    isTuple: isBare || node.name === 'TupleExpression',
    entries: nodes.map((part, index) => ({
      node: part,
      comma: commas[index],
      literal: items[index]
    })),
    lastComma: last?.name === ',' ? last : undefined
  };
}

/** The list that counts, if there is one and it can be read. */
export function lastListOf(
  notebook: INotebookAnalysis
): IRequirementsList | undefined {
  return lastList(notebook).list;
}

const lastList = perNotebook(({ requirements: { declarations } }) => {
  const last = declarations[declarations.length - 1];
  return { list: last && listOf(last) };
});

/** Whether `addRequirement` can tell where to add. */
export function canAddRequirement(notebook: INotebookAnalysis): boolean {
  return (
    notebook.requirements.declarations.length === 0 ||
    lastListOf(notebook) !== undefined
  );
}

/**
 * Adds entries behind the others, those left out whose package is there. Where nothing is declared, a cell that
 * declares them; no edits where the declaration is no literal list.
 */
export function addRequirement(
  notebook: INotebookAnalysis,
  pins: ReadonlyArray<NamedVersion>
): NotebookEdit[] {
  if (notebook.requirements.declarations.length === 0) {
    return [
      {
        kind: 'insert',
        cellIndex: firstCodeCell(notebook),
        declares: 'requirements',
        source: requirementsText(pins)
      }
    ];
  }
  const list = lastListOf(notebook);
  if (!list) {
    return [];
  }
  const declared = namesIn(list);
  const missing = pins.filter(([name]) => !declared.has(normaliseName(name)));
  return missing.length ? addEntries(list, missing) : [];
}

/** Where a new declaration goes: behind what introduces the notebook, before all that runs. */
function firstCodeCell({ cells }: INotebookAnalysis): number {
  const first = cells.findIndex(({ type }) => type === 'code');
  return first < 0 ? cells.length : first;
}

/** The packages that a list names, normalised, whatever form their entries have. */
export function namesIn({ entries }: IRequirementsList): Set<string> {
  return new Set(
    entries.flatMap(entry => nameOf(entry) ?? []).map(normaliseName)
  );
}

/** The name in an entry, extras included. */
export function nameOf({ literal }: IEntry): string | undefined {
  const name = literal.kind === 'sequence' ? literal.items[0] : literal;
  return name?.kind === 'string' ? readLine(name.value)?.name : undefined;
}

function addEntries(
  list: IRequirementsList,
  pins: ReadonlyArray<NamedVersion>
): ICellEdit[] {
  const { cell, entries, lastComma } = list;
  const last = entries[entries.length - 1]?.node;
  if (!last) {
    return fillEmpty(list, pins);
  }
  const { source } = cell;
  const style = source.slice(last.from, last.to).replace(/^\(+(?=[[(])/, '');
  const texts = pins.map(pin => entryText(pin, style));
  if (!beginsLine(source, last.from)) {
    return [insertion(cell, last.to, texts.map(text => `, ${text}`).join(''))];
  }
  const newLine =
    lineBreak(source.slice(0, last.from)) + indentAt(source, last.from);
  const end = lineEnd(source, last.to);
  const close = list.brackets ? list.brackets.to - 1 : last.to;
  if (close < end || (lastComma?.to ?? 0) > end) {
    // The bracket closes on the last entry's line.
    const text = texts.map(each => `,${newLine}${each}`).join('');
    return [insertion(cell, last.to, text)];
  } else if (lastComma) {
    const text = texts.map(each => `${newLine}${each},`).join('');
    return [insertion(cell, end, text)];
  }
  const text = newLine + texts.join(`,${newLine}`);
  return end === last.to
    ? [insertion(cell, end, `,${text}`)]
    : [insertion(cell, last.to, ','), insertion(cell, end, text)];
}

function fillEmpty(
  { cell, brackets, isTuple }: IRequirementsList,
  pins: ReadonlyArray<NamedVersion>
): ICellEdit[] {
  if (!brackets) {
    return [];
  }
  const { source } = cell;
  const [from, to] = [brackets.from + 1, brackets.to - 1];
  const inner = source.slice(from, to);
  const texts = pins.map(pin => entryText(pin));
  if (!/[\r\n]/.test(inner)) {
    // A tuple of one has its comma.
    const comma = isTuple && texts.length === 1 ? ',' : '';
    return [replacement(cell, { from, to }, texts.join(', ') + comma)];
  }
  // What comments stand in it stay.
  const newLine = lineBreak(inner);
  const indent =
    /[\r\n]([ \t]+)#/.exec(inner)?.[1] ??
    `${indentAt(source, brackets.from)}    `;
  const behind = from + inner.trimEnd().length;
  const lines = texts.map(text => `${newLine}${indent}${text},`);
  return [insertion(cell, behind, lines.join(''))];
}

/** Removes an entry with its comma, its line and the comment on it. */
export function removeEntry(
  list: IRequirementsList,
  index: number
): ICellEdit[] {
  const { cell, entries, brackets, isTuple, lastComma } = list;
  const [before, { node }, next] = [-1, 0, 1].map(by => entries[index + by]);
  const { from, to } = node;
  const end = lastComma?.to ?? to;
  if (entries.length === 1) {
    return brackets
      ? [remove(cell, from, end)]
      : [replacement(cell, { from, to: end }, '[]')];
  }
  // A tuple of one is none without its comma.
  const needsComma = isTuple && entries.length === 2 && !lastComma;
  const line = needsComma ? undefined : ownLine(list, index);
  if (line) {
    return [remove(cell, line.from, line.to)];
  } else if (next) {
    const edits = isPlain(cell, to, next.node.from)
      ? [remove(cell, from, next.node.from)]
      : removeBoth(cell, node, entries[index].comma);
    return needsComma ? [...edits, insertion(cell, next.node.to, ',')] : edits;
  }
  return isPlain(cell, before.node.to, from) && !needsComma
    ? [remove(cell, before.node.to, to)]
    : [remove(cell, from, end)];
}

/** An entry and its comma; comments between them, and behind, stay. */
function removeBoth(
  cell: ICodeCell,
  { from, to }: IRange,
  comma: IRange | undefined
): ICellEdit[] {
  if (!comma) {
    return [remove(cell, from, to)];
  }
  const { source } = cell;
  const end =
    comma.to + (/^[ \t]*/.exec(source.slice(comma.to))?.[0].length ?? 0);
  return /^[ \t]*$/.test(source.slice(to, comma.from))
    ? [remove(cell, from, end)]
    : [remove(cell, from, to), remove(cell, comma.from, comma.to)];
}

/** The lines of an entry that shares them with no other, and not with a bracket. */
function ownLine(
  { cell: { source }, entries, brackets }: IRequirementsList,
  index: number
): IRange | undefined {
  const { node, comma } = entries[index];
  const { from, to } = node;
  const end = lineEnd(source, to);
  return brackets &&
    brackets.to > end &&
    beginsLine(source, from) &&
    /^[ \t]*,?[ \t]*(?:#.*)?$/.test(source.slice(to, end)) &&
    // Its comma goes with it.
    (comma ? comma.to <= end : index === entries.length - 1)
    ? { from: lineStart(source, from), to: nextLine(source, end) }
    : undefined;
}

/** Whether no comment stands between two places. */
function isPlain({ source }: ICodeCell, from: number, to: number): boolean {
  return !source.slice(from, to).includes('#');
}

function remove(cell: ICodeCell, from: number, to: number): ICellEdit {
  return replacement(cell, { from, to }, '');
}

function insertion(cell: ICodeCell, at: number, insert: string): ICellEdit {
  return replacement(cell, { from: at, to: at }, insert);
}

export function replacement(
  { index: cellIndex }: ICodeCell,
  { from, to }: IRange,
  insert: string
): ICellEdit {
  return { kind: 'replace', cellIndex, range: { from, to }, insert };
}

function lineStart(source: string, at: number): number {
  const before = source.slice(0, at);
  return Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
}

function lineEnd(source: string, at: number): number {
  const length = source.slice(at).search(/[\r\n]/);
  return length < 0 ? source.length : at + length;
}

function nextLine(source: string, end: number): number {
  return end + (/^(?:\r\n|\r|\n)/.exec(source.slice(end))?.[0].length ?? 0);
}

function beginsLine(source: string, at: number): boolean {
  return !/\S/.test(source.slice(lineStart(source, at), at));
}

function indentAt(source: string, at: number): string {
  return /^[ \t]*/.exec(source.slice(lineStart(source, at)))?.[0] ?? '';
}

/** The last one of a text. */
function lineBreak(source: string): string {
  return source.match(/\r\n|\r|\n/g)?.pop() ?? '\n';
}
