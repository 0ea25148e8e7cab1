/** The ways by keyboard: from problem to problem, and to the fixes of the one at the cursor. */

import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
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

/** Where the way by keyboard last led, and where the cursor was then. */
const visits = new WeakMap<
  NotebookPanel,
  { problem: IProblem; place: IPlace }
>();

/**
 * Goes to the next problem after the cursor, or the one before it; around the ends of the notebook. Undefined where
 * there is none, or no cell to show it in.
 */
export async function goToNextProblem(
  panel: NotebookPanel,
  lint: NotebookLint,
  direction: 1 | -1
): Promise<IProblem | undefined> {
  const problems = lint.refresh();
  const ordered = direction > 0 ? problems : [...problems].reverse();
  const here = cursor(panel);
  const visited = visitedAt(panel, problems);
  const index = visited ? ordered.indexOf(visited) : -1;
  const next =
    (index >= 0
      ? ordered[index + 1]
      : ordered.find(
          problem => Math.sign(compare(placeOf(problem), here)) === direction
        )) ?? ordered[0];
  return next && (await goToProblem(panel, next)) ? next : undefined;
}

/** Selects a problem in its cell, and says what it is: one of the whole notebook at the first cell of code. */
export async function goToProblem(
  panel: NotebookPanel,
  problem: IProblem
): Promise<boolean> {
  const { content } = panel;
  const isOfNotebook = problem.cellIndex === undefined;
  const index = isOfNotebook
    ? content.widgets.findIndex(({ model }) => model.type === 'code')
    : problem.cellIndex!;
  if (index < 0) {
    return false;
  }
  await jumpToCell(panel, {
    id: problem.cellId,
    index,
    range: isOfNotebook ? { from: 0, to: 0 } : problem.range
  });
  visits.set(panel, { problem, place: cursor(panel) });
  const editor = content.activeCell?.editor as CodeMirrorEditor | null;
  if (editor?.editor) {
    showCard(editor.editor, problem);
  }
  return true;
}

/** The problem that the cursor was led to and still stands at, as it is among the problems now. */
function visitedAt(
  panel: NotebookPanel,
  problems: ReadonlyArray<IProblem>
): IProblem | undefined {
  const visit = visits.get(panel);
  return visit && compare(visit.place, cursor(panel)) === 0
    ? problems.find(
        ({ code, cellId, range, message }) =>
          code === visit.problem.code &&
          cellId === visit.problem.cellId &&
          range?.from === visit.problem.range?.from &&
          message === visit.problem.message
      )
    : undefined;
}

export interface IFixChoice {
  problem: IProblem;
  fix: IFix;
}

/** What can be done at the cursor. */
export interface IFixesAtHand {
  fixes: IFixChoice[];
  /** What the fixes are for. */
  scope: 'cursor' | 'cell' | 'notebook';
  /** A problem at the cursor that has no fix, so that those are for others. */
  without?: IProblem;
}

/** The fixes for the problem at the cursor; else for those of the cell, else for those of the whole notebook. */
export function fixesHere(
  panel: NotebookPanel,
  lint: NotebookLint
): IFixesAtHand {
  const here = cursor(panel);
  const problems = lint.refresh();
  const visited = visitedAt(panel, problems);
  const inCell = problems.filter(
    ({ cellIndex }) => cellIndex === here.cellIndex
  );
  const atCursor =
    visited?.cellIndex === undefined && visited
      ? [visited]
      : inCell.filter(
          ({ range }) =>
            range && range.from <= here.offset && here.offset <= range.to
        );
  const ofNotebook = problems.filter(
    ({ cellIndex }) => cellIndex === undefined
  );
  const [without] = atCursor;
  for (const [scope, some] of [
    ['cursor', atCursor],
    ['cell', inCell],
    ['notebook', ofNotebook]
  ] as const) {
    const fixes = some.flatMap(problem =>
      (problem.fixes ?? []).map(fix => ({ problem, fix }))
    );
    if (fixes.length > 0) {
      return scope === 'cursor' ? { fixes, scope } : { fixes, scope, without };
    }
  }
  return { fixes: [], scope: 'cursor', without };
}

/** Whether there is nothing to choose: one fix, and for what the cursor is at. */
export function isPlain({ fixes, scope, without }: IFixesAtHand): boolean {
  return fixes.length === 1 && scope !== 'notebook' && !without;
}

/** Lets the user choose one of several fixes, at the cursor. The focus comes back to where it was. */
export function chooseFix(
  panel: NotebookPanel,
  hand: IFixesAtHand,
  apply: (problem: IProblem, fix: IFix) => void,
  trans: TranslationBundle
): void {
  const commands = new CommandRegistry();
  const menu = new Menu({ commands });
  const add = (command: string, options: CommandRegistry.ICommandOptions) => {
    const args = CommandArguments.none;
    commands.addCommand(command, { ...options, describedBy: { args } });
    menu.addItem({ command });
  };
  const head = headOf(hand, trans);
  if (head) {
    add('head', { label: head, isEnabled: () => false, execute: () => null });
  }
  const codes = new Set(hand.fixes.map(({ problem }) => problem.code));
  hand.fixes.forEach(({ problem, fix }, index) =>
    add(`fix-${index}`, {
      label:
        head || codes.size > 1 ? `${fix.title} (${problem.code})` : fix.title,
      caption: problem.message,
      execute: () => apply(problem, fix)
    })
  );
  const focused = document.activeElement;
  menu.aboutToClose.connect(() => {
    if (focused instanceof HTMLElement) {
      focused.focus({ preventScroll: true });
    }
    // Its choice is executed only after it has closed.
    window.setTimeout(() => menu.dispose());
  });
  const cell = panel.content.activeCell;
  const editor = cell?.editor;
  const place = editor?.getCoordinateForPosition(editor.getCursorPosition());
  const { left, top } = (cell ?? panel).node.getBoundingClientRect();
  menu.open(place?.left ?? left, place?.bottom ?? top);
  menu.activeIndex = head ? 1 : 0;
}

/** What the fixes of a menu are for, where that is not the problem at the cursor. */
function headOf(
  { scope, without }: IFixesAtHand,
  trans: TranslationBundle
): string {
  if (scope === 'cursor') {
    return '';
  }
  const isCell = scope === 'cell';
  if (without) {
    return isCell
      ? trans.__('%1 has no fix. Others in this cell:', without.code)
      : trans.__('%1 has no fix. For the whole notebook:', without.code);
  }
  return isCell
    ? trans.__('In this cell:')
    : trans.__('For the whole notebook:');
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
