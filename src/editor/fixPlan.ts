import { applyEdits, combineFixes, NotebookLinter } from '../contract';
import type { ICell, IFix, IFixNeeds } from '../contract';
import type { NotebookLint } from './notebookLint';
import type { Findings } from './packages';

type IEditedCell = ReturnType<typeof applyEdits>[number];

/** Each round may uncover what the one before hid. */
const ROUNDS = 100;

/**
 * What the cells become when all safe fixes are applied, round after round, and what has to be asked before all of
 * them can be told. Nothing is changed yet.
 */
export function planSafeFixes(
  lint: NotebookLint,
  findings: Findings
): { cells: IEditedCell[]; missing: IFixNeeds[] } {
  const linter = new NotebookLinter();
  let missing: IFixNeeds[] = [];
  let cells = lint.source.cells.map(({ source }, cellIndex): IEditedCell => ({
    cellIndex,
    source
  }));
  for (let round = 0; round < ROUNDS; round++) {
    const source = { ...lint.source, cells: asLinted(lint, cells) };
    const fixes = linter
      .lint(source, { disabled: lint.disabled })
      .map(({ fixes }) => fixes?.find(({ safe }) => safe))
      .filter((fix): fix is IFix => fix !== undefined);
    missing = fixes
      .map(({ needs }) => needs)
      .filter(
        (needs): needs is IFixNeeds =>
          needs !== undefined && !findings.hasAsked(needs)
      );
    const edits = combineFixes(
      fixes
        .filter(({ needs }) => !needs || findings.hasAsked(needs))
        .map(fix => ({ ...fix, edits: () => fix.edits(findings.of(fix)) })),
      new Map()
    );
    const next = applyEdits(
      cells.map(cell => cell.source),
      edits
    ).map(({ cellIndex, source: text }) => ({
      cellIndex:
        cellIndex === undefined ? undefined : cells[cellIndex].cellIndex,
      source: text
    }));
    const isSame =
      next.length === cells.length &&
      next.every((cell, index) => cell.source === cells[index].source);
    if (isSame) {
      break;
    }
    cells = next;
  }
  return { cells, missing };
}

function asLinted(
  lint: NotebookLint,
  cells: ReadonlyArray<IEditedCell>
): ICell[] {
  return cells.map(({ cellIndex, source }): ICell => {
    if (cellIndex === undefined) {
      return { id: '', type: 'code', source };
    }
    const cell = lint.source.cells[cellIndex];
    const isEdited = cell.isEdited || source !== cell.source;
    return { ...cell, source, isEdited };
  });
}
