import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IRange } from '../contract';
import type { IDoneEdits } from './notebookEdits';
import type { NotebookLint } from './notebookLint';

/** A cell, and what to select in it. The id is tried before the position, which counts from 0. */
export interface ICellTarget {
  id?: string;
  index: number;
  range?: IRange;
  /** Line to select where there is no range; counts from 1. */
  line?: number;
}

/** Scrolls to a cell, makes it the active one and selects the place in it. */
export async function jumpToCell(
  panel: NotebookPanel,
  target: ICellTarget
): Promise<void> {
  const notebook = panel.content;
  const byId = target.id
    ? notebook.widgets.findIndex(cell => cell.model.id === target.id)
    : -1;
  const index = byId >= 0 ? byId : target.index;
  if (index < 0 || index >= notebook.widgets.length) {
    return;
  }
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  await notebook.scrollToItem(index, 'center');
  const cell = notebook.widgets[index];
  await cell.ready;
  const editor = cell.editor;
  if (!editor) {
    return;
  }
  const range =
    target.range ?? lineRange(cell.model.sharedModel.getSource(), target.line);
  if (range) {
    const start = editor.getPositionAt(range.from);
    const end = editor.getPositionAt(range.to);
    if (start && end) {
      editor.setSelection({ start, end });
      // Lines may be longer than the cell is wide.
      editor.revealSelection({ start, end });
    }
  }
  notebook.mode = 'edit';
  editor.focus();
}

function lineRange(
  source: string,
  line: number | undefined
): IRange | undefined {
  if (!line) {
    return undefined;
  }
  const lines = source.split('\n');
  if (line > lines.length) {
    return undefined;
  }
  const from = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
  return { from, to: from + lines[line - 1].length };
}

/** Shows the cells that edits changed, where they lie outside what is seen; the focus stays where it is. */
export async function jumpToEdits(
  tracker: INotebookTracker,
  { context }: NotebookLint,
  { first, isOfNotebook }: IDoneEdits
): Promise<void> {
  const isShown = (panel: NotebookPanel) => panel.context === context;
  const front = tracker.currentWidget;
  const panel = front && isShown(front) ? front : tracker.find(isShown);
  if (!panel) {
    return;
  }
  const notebook = panel.content;
  if (isOfNotebook) {
    // An undo of the notebook's takes it back, and that is a key of command mode.
    notebook.mode = 'command';
    notebook.deselectAll();
    notebook.activeCellIndex = first;
    if (notebook.node.contains(document.activeElement)) {
      notebook.node.focus();
    }
  }
  await notebook.scrollToItem(first, 'smart');
}
