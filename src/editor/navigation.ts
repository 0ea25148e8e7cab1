/** The ways by keyboard: from problem to problem, and to the fixes of the one at the cursor. */

import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import { CommandArguments } from '../commands';
import type { IFix, IProblem } from '../contract';
import { showCard } from './card';
import { jumpToCell } from './jump';
import type { NotebookLint } from './notebookLint';

interface IPlace {
  cellIndex: number;
  offset: number;
}

/** Goes to the next problem after the cursor, or the one before it; around the ends of the notebook. */
export async function goToNextProblem(
  panel: NotebookPanel,
  lint: NotebookLint,
  direction: 1 | -1
): Promise<IProblem | undefined> {
  const here = cursor(panel);
  const problems = lint
    .refresh()
    .filter(({ cellIndex }) => cellIndex !== undefined);
  const ordered = direction > 0 ? problems : [...problems].reverse();
  const next =
    ordered.find(
      problem => Math.sign(compare(placeOf(problem), here)) === direction
    ) ?? ordered[0];
  if (next) {
    await goToProblem(panel, next);
  }
  return next;
}

/** Selects a problem in its cell, and says what it is. */
export async function goToProblem(
  panel: NotebookPanel,
  problem: IProblem
): Promise<void> {
  if (problem.cellIndex === undefined) {
    return;
  }
  await jumpToCell(panel, {
    id: problem.cellId,
    index: problem.cellIndex,
    range: problem.range
  });
  const editor = panel.content.activeCell?.editor as CodeMirrorEditor | null;
  if (editor?.editor) {
    showCard(editor.editor, problem);
  }
}

/** The fixes for the problem at the cursor; else for those of the cell, else for those of the whole notebook. */
export function fixesHere(
  panel: NotebookPanel,
  lint: NotebookLint
): { problem: IProblem; fix: IFix }[] {
  const here = cursor(panel);
  const problems = lint.refresh();
  const inCell = problems.filter(
    ({ cellIndex }) => cellIndex === here.cellIndex
  );
  const atCursor = inCell.filter(
    ({ range }) => range && range.from <= here.offset && here.offset <= range.to
  );
  const ofNotebook = problems.filter(
    ({ cellIndex }) => cellIndex === undefined
  );
  for (const some of [atCursor, inCell, ofNotebook]) {
    const found = some.flatMap(problem =>
      (problem.fixes ?? []).map(fix => ({ problem, fix }))
    );
    if (found.length > 0) {
      return found;
    }
  }
  return [];
}

/** Lets the user choose one of several fixes, at the cursor. */
export function chooseFix(
  panel: NotebookPanel,
  fixes: ReadonlyArray<{ problem: IProblem; fix: IFix }>,
  apply: (problem: IProblem, fix: IFix) => void
): void {
  const commands = new CommandRegistry();
  const menu = new Menu({ commands });
  fixes.forEach(({ problem, fix }, index) => {
    const command = `fix-${index}`;
    commands.addCommand(command, {
      label: fix.title,
      caption: problem.message,
      describedBy: { args: CommandArguments.none },
      execute: () => apply(problem, fix)
    });
    menu.addItem({ command });
  });
  menu.aboutToClose.connect(() => {
    // Its choice is executed only after it has closed.
    window.setTimeout(() => menu.dispose());
  });
  const cell = panel.content.activeCell;
  const editor = cell?.editor;
  const place = editor?.getCoordinateForPosition(editor.getCursorPosition());
  const { left, top } = (cell ?? panel).node.getBoundingClientRect();
  menu.open(place?.left ?? left, place?.bottom ?? top);
  menu.activeIndex = 0;
}

/** The start of the selection; in command mode the start of the active cell. */
function cursor({ content }: NotebookPanel): IPlace {
  const editor = content.activeCell?.editor;
  const offset =
    content.mode === 'edit' && editor
      ? editor.getOffsetAt(editor.getSelection().start)
      : -1;
  return { cellIndex: content.activeCellIndex, offset };
}

function placeOf({ cellIndex, range }: IProblem): IPlace {
  return { cellIndex: cellIndex ?? -1, offset: range?.from ?? 0 };
}

function compare(a: IPlace, b: IPlace): number {
  return a.cellIndex - b.cellIndex || a.offset - b.offset;
}
