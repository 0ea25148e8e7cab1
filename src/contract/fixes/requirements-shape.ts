/** Makes a list of pairs of what stands in place of one. */

import type { SyntaxNode } from '@lezer/common';

import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { readLiteral } from '../python/literals';
import { children } from '../python/tree';
import { readLine } from '../requirements/lines';
import type { IRequirementLine } from '../requirements/lines';
import { readSpecifier } from '../requirements/pep440';
import { readName } from '../requirements/pep508';
import type { IFix } from '../types';
import { pairsFix } from './requirement-repairs';
import { replacement } from './requirements-list';
import { requirementsText } from './requirements-text';

/** The only node of the value of the declaration that counts. */
function declared({ requirements: { declarations } }: INotebookAnalysis): {
  value?: SyntaxNode;
  cell?: ICodeCell;
} {
  const last = declarations[declarations.length - 1];
  const [value, ...more] = last?.value ?? [];
  return more.length ? {} : { value, cell: last?.cell };
}

/** What a string or a dict lists in place of a list; nothing where a part of it cannot be read. */
export function linesDeclared(
  notebook: INotebookAnalysis
): ReadonlyArray<IRequirementLine> {
  const { value, cell } = declared(notebook);
  return value && cell ? linesOf(value, cell) : [];
}

/** For a declaration whose value is a string or a dict. */
export function listFixes(notebook: INotebookAnalysis): IFix[] {
  const { value, cell } = declared(notebook);
  const lines = linesDeclared(notebook);
  if (!value || !cell || lines.length === 0) {
    return [];
  }
  return [
    pairsFix('Write it as a list of pairs', lines, pins => [
      replacement(
        cell,
        value,
        requirementsText(pins).replace(/^requirements = /, '')
      )
    ])
  ];
}

/** Nothing where a part of it cannot be read. */
function linesOf(node: SyntaxNode, cell: ICodeCell): IRequirementLine[] {
  if (node.name === 'DictionaryExpression') {
    return linesOfDict(node, cell);
  }
  const text = stringAt(node, cell);
  const lines = (text ?? '')
    .split(/\r?\n/)
    .flatMap(line => (readLine(line) ? [line] : line.split(/\s+/)))
    .filter(line => line.trim() !== '')
    .map(readLine);
  return lines.every((line): line is IRequirementLine => line !== undefined)
    ? lines
    : [];
}

function linesOfDict(node: SyntaxNode, cell: ICodeCell): IRequirementLine[] {
  const parts = children(node).slice(1, -1);
  const lines: IRequirementLine[] = [];
  for (let at = 0; at < parts.length; at += 4) {
    const [key, colon, value, comma] = parts.slice(at, at + 4);
    const name = key && readName(stringAt(key, cell) ?? '');
    const text = value ? stringAt(value, cell) : undefined;
    if (
      colon?.name !== ':' ||
      (comma && comma.name !== ',') ||
      !name ||
      text === undefined ||
      readSpecifier(text) === undefined
    ) {
      return [];
    }
    lines.push({ name, version: text });
  }
  return lines;
}

function stringAt(node: SyntaxNode, { source }: ICodeCell): string | undefined {
  const { literal } = readLiteral([node], source);
  // A comma behind it belongs to what it stands in.
  const own = literal?.kind === 'sequence' ? literal.items[0] : literal;
  return own?.kind === 'string' ? own.value : undefined;
}
