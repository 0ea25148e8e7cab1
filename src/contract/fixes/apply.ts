/** Puts edits of fixes into the sources of cells. */

import type {
  FoundPackages,
  ICellEdit,
  ICellInsertion,
  IFix,
  NotebookEdit
} from '../types';

/** A notebook's cells after edits, with where each came from. */
export interface IEditedCell {
  /** Position before the edits; undefined for a new cell. */
  cellIndex?: number;
  source: string;
}

/** Applies edits to the sources of all cells, those that are not code included. Edits do not overlap. */
export function applyEdits(
  sources: ReadonlyArray<string>,
  edits: ReadonlyArray<NotebookEdit>
): IEditedCell[] {
  const result: IEditedCell[] = [];
  for (let cellIndex = 0; cellIndex <= sources.length; cellIndex++) {
    for (const { source } of insertionsBefore(edits, cellIndex)) {
      result.push({ source });
    }
    if (cellIndex < sources.length) {
      const source = replaceRanges(
        sources[cellIndex],
        replacementsIn(edits, cellIndex)
      );
      result.push({ cellIndex, source });
    }
  }
  return result;
}

/** The new cells that come before a position, in order. */
export function insertionsBefore(
  edits: ReadonlyArray<NotebookEdit>,
  cellIndex: number
): ICellInsertion[] {
  return edits.filter(
    (edit): edit is ICellInsertion =>
      edit.kind === 'insert' && edit.cellIndex === cellIndex
  );
}

/** The replacements in one cell, the last in the text first, so that none shifts another. */
export function replacementsIn(
  edits: ReadonlyArray<NotebookEdit>,
  cellIndex: number
): ICellEdit[] {
  return edits
    .filter(
      (edit): edit is ICellEdit =>
        edit.kind === 'replace' && edit.cellIndex === cellIndex
    )
    .sort((a, b) => b.range.from - a.range.from || b.range.to - a.range.to);
}

function replaceRanges(
  source: string,
  replacements: ReadonlyArray<ICellEdit>
): string {
  return replacements.reduce(
    (text, { range: { from, to }, insert }) =>
      text.slice(0, from) + insert + text.slice(to),
    source
  );
}

/**
 * The edits of several fixes at once, in the order given. A fix that touches what an earlier one touches is left
 * out: the lint will offer it again on what came of the others.
 */
export function combineFixes(
  fixes: ReadonlyArray<IFix>,
  found: FoundPackages
): NotebookEdit[] {
  const edits: NotebookEdit[] = [];
  for (const fix of fixes) {
    const own = fix.edits(found);
    if (!own.some(edit => edits.some(other => collide(edit, other)))) {
      edits.push(...own);
    }
  }
  return edits;
}

function collide(a: NotebookEdit, b: NotebookEdit): boolean {
  if (a.kind === 'insert' && b.kind === 'insert') {
    return (
      a.source === b.source ||
      (a.declares !== undefined && a.declares === b.declares)
    );
  }
  return (
    a.kind === 'replace' &&
    b.kind === 'replace' &&
    a.cellIndex === b.cellIndex &&
    a.range.from <= b.range.to &&
    b.range.from <= a.range.to
  );
}
