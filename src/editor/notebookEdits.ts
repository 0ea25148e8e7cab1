/** Puts edits into an open notebook, as one step of its undo history. */

import type { ISharedNotebook, YNotebook } from '@jupyter/ydoc';
import type { UndoManager } from 'yjs';
import type { applyEdits } from '../contract';

type IEditedCell = ReturnType<typeof applyEdits>[number];

/** What became of edits. */
export interface IDoneEdits {
  /** Position of the first cell that is new or changed. */
  first: number;
  /** Whether it is the notebook's history that takes them back, not that of one cell's editor. */
  isOfNotebook: boolean;
  /** Whether they are still what was done last, in the history that they belong to. */
  isLast: () => boolean;
  /** Takes them back, as long as nothing was done after them; says whether it did. */
  takeBack: () => boolean;
}

/**
 * Makes a notebook's cells what `edited` says: cells with another source are changed where they differ, cells
 * without a `cellIndex` are new. All of it is one step: in the history of a cell where only that one changes,
 * which its editor's undo takes back, else in the notebook's.
 */
export function editNotebook(
  shared: ISharedNotebook,
  edited: ReadonlyArray<IEditedCell>
): IDoneEdits | undefined {
  const notebook = shared as unknown as YNotebook;
  const changed = edited.filter(
    ({ cellIndex, source }) =>
      cellIndex !== undefined &&
      notebook.getCell(cellIndex).getSource() !== source
  );
  const isNew = ({ cellIndex }: IEditedCell) => cellIndex === undefined;
  if (changed.length === 0 && !edited.some(isNew)) {
    return undefined;
  }
  const own =
    changed.length === 1 && !edited.some(isNew)
      ? notebook.getCell(changed[0].cellIndex!)
      : notebook;
  const history = own.undoManager as UndoManager | null;
  history?.stopCapturing();
  // Where the history is the whole document's, it is the notebook that it watches for.
  const origin = notebook.disableDocumentWideUndoRedo ? own : notebook;
  notebook.ydoc.transact(() => {
    for (const { cellIndex, source } of changed) {
      replaceSource(notebook, cellIndex!, source);
    }
    edited.forEach((cell, index) => {
      if (isNew(cell)) {
        notebook.insertCell(index, {
          cell_type: 'code',
          source: cell.source,
          metadata: { trusted: true }
        });
      }
    });
  }, origin);
  history?.stopCapturing();
  const step = history?.undoStack[history.undoStack.length - 1];
  const isLast = () =>
    step !== undefined &&
    history?.undoStack[history.undoStack.length - 1] === step;
  return {
    first: edited.findIndex(cell => isNew(cell) || changed.includes(cell)),
    isOfNotebook: origin === notebook,
    isLast,
    takeBack: () => {
      if (!isLast()) {
        return false;
      }
      own.undo();
      return true;
    }
  };
}

/** Changes only what differs, so that cursors and marks stay where they are. */
function replaceSource(
  notebook: YNotebook,
  cellIndex: number,
  source: string
): void {
  const cell = notebook.getCell(cellIndex);
  const old = cell.getSource();
  const shorter = Math.min(old.length, source.length);
  let from = 0;
  while (from < shorter && old[from] === source[from]) {
    from++;
  }
  let tail = 0;
  while (
    tail < shorter - from &&
    old[old.length - 1 - tail] === source[source.length - 1 - tail]
  ) {
    tail++;
  }
  // Half of a surrogate pair is no text that could be kept.
  if (from > 0 && isHigh(old, from - 1)) {
    from--;
  }
  if (tail > 0 && isHigh(old, old.length - tail - 1)) {
    tail--;
  }
  cell.updateSource(
    from,
    old.length - tail,
    source.slice(from, source.length - tail)
  );
}

function isHigh(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800;
}
