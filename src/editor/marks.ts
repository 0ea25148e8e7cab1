/** Marks of problems in the editors of a notebook's cells. Editors come and go; what they show is the monitor's. */

import { forEachDiagnostic, linter, lintGutter } from '@codemirror/lint';
import type { Diagnostic } from '@codemirror/lint';
import { StateEffect } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import type { EditorView, ViewUpdate } from '@codemirror/view';
import { ViewPlugin } from '@codemirror/view';
import type { ISharedCell } from '@jupyter/ydoc';
import type {
  IConfigurableExtension,
  IEditorExtensionFactory
} from '@jupyterlab/codemirror';
import type { IProblem, IRange, Severity } from '../contract';
import { cards, hideCards } from './card';
import type { LintMonitor } from './lintMonitor';
import type { NotebookLint } from './notebookLint';
import { problemCard } from './problemCard';
import type { IProblemActions } from './problemCard';

const answersChanged = StateEffect.define<void>();

/** What the editors' registry is given: marks for the cells of notebooks, null for every other editor. */
export function marksFactory(
  monitor: LintMonitor,
  actions: IProblemActions
): IEditorExtensionFactory['factory'] {
  return ({ model }) => {
    const cell = model.sharedModel as unknown as Partial<ISharedCell>;
    if (cell.cell_type !== 'code' || !cell.notebook) {
      return null;
    }
    const extension = marks(
      new CellMarks(monitor, cell as ISharedCell),
      actions
    );
    return immutable(extension);
  };
}

function immutable(extension: Extension): IConfigurableExtension<undefined> {
  return { instance: () => extension, reconfigure: () => null };
}

/** The problems of one cell, as its editor wants them. */
class CellMarks {
  constructor(
    readonly monitor: LintMonitor,
    private readonly _cell: ISharedCell
  ) {}

  get lint(): NotebookLint | undefined {
    return this.monitor.ofShared(this._cell.notebook);
  }

  /** Undefined while the text has moved on since the lint. */
  problems(text: string): ReadonlyArray<IProblem> | undefined {
    const known = this.lint?.cell(this._cell.getId());
    return known && editorText(known.source) === text
      ? known.problems
      : undefined;
  }

  /** Tells the lint where somebody types; undefined: not here any more. */
  typed(line: IRange | undefined): void {
    const restraint = this.lint?.restraint;
    if (line) {
      restraint?.typed(this._cell.getId(), line.from, line.to);
    } else {
      restraint?.left();
    }
  }

  /** Offset in the cell's source as one in the editor, which has one character for each end of a line. */
  offset(offset: number): number {
    const { source } = this.lint?.cell(this._cell.getId()) ?? { source: '' };
    return editorText(source.slice(0, offset)).length;
  }
}

function editorText(source: string): string {
  return source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source;
}

function marks(cell: CellMarks, all: IProblemActions): Extension {
  const source = (view: EditorView): Diagnostic[] => {
    const actions = hidingCards(all, view);
    const problems = cell.problems(view.state.doc.toString());
    return problems
      ? problems.map(problem => diagnostic(problem, cell, view, actions))
      : asTheyMoved(view);
  };
  return [
    linter(source, {
      delay: 0,
      needsRefresh: update =>
        update.transactions.some(transaction =>
          transaction.effects.some(effect => effect.is(answersChanged))
        )
    }),
    lintGutter({ hoverTime: 150 }),
    cards((problem, view) =>
      problemCard(problem, cell.lint, hidingCards(all, view))
    ),
    follow(cell)
  ];
}

/** What is done from a card needs it no longer: it would lie over what comes. */
function hidingCards(
  { fix, explain, disable, trans }: IProblemActions,
  view: EditorView
): IProblemActions {
  return {
    fix: (...found) => {
      hideCards(view);
      fix(...found);
    },
    explain: code => {
      hideCards(view);
      explain(code);
    },
    disable:
      disable &&
      (code => {
        hideCards(view);
        disable(code);
      }),
    trans
  };
}

/** Until there are answers for the text as it is, those of before stay, where the editor has moved them. */
function asTheyMoved({ state }: EditorView): Diagnostic[] {
  const moved: Diagnostic[] = [];
  forEachDiagnostic(state, (one, from, to) => moved.push({ ...one, from, to }));
  return moved;
}

function diagnostic(
  problem: IProblem,
  cell: CellMarks,
  view: EditorView,
  actions: IProblemActions
): Diagnostic {
  const { length } = view.state.doc;
  const within = (offset: number) =>
    Math.max(0, Math.min(cell.offset(offset), length));
  // A problem of the cell as a whole stands at its first line.
  const range = problem.range ?? {
    from: 0,
    to: problem.cellIndex === undefined ? 0 : firstLine(view)
  };
  return {
    from: within(range.from),
    to: Math.max(within(range.from), within(range.to)),
    severity: severityOf(problem.severity),
    markClass: `jp-Slipway-mark-${problem.severity}`,
    message: problem.message,
    renderMessage: () => problemCard(problem, cell.lint, actions)
  };
}

function firstLine(view: EditorView): number {
  return view.state.doc.line(1).to;
}

function severityOf(severity: Severity): Diagnostic['severity'] {
  return severity === 'hint' ? 'info' : severity;
}

/** Tells the editor when the monitor has other answers for its cell, and the monitor where somebody types. */
function follow(cell: CellMarks): Extension {
  return ViewPlugin.fromClass(
    class {
      constructor(private readonly _view: EditorView) {
        cell.monitor.changed.connect(this._onChanged, this);
      }

      update({
        docChanged,
        selectionSet,
        state,
        transactions
      }: ViewUpdate): void {
        if (docChanged) {
          this._key = undefined;
        }
        const { head } = state.selection.main;
        const line = state.doc.lineAt(head);
        const isTyped = transactions.some(
          transaction =>
            transaction.isUserEvent('input') ||
            transaction.isUserEvent('delete')
        );
        if (docChanged && isTyped) {
          this._typedIn = line.number;
          cell.typed({ from: line.from, to: line.to });
        } else if (selectionSet && this._typedIn !== line.number) {
          this.leave();
        }
      }

      leave(): void {
        if (this._typedIn !== undefined) {
          this._typedIn = undefined;
          cell.typed(undefined);
        }
      }

      destroy(): void {
        cell.monitor.changed.disconnect(this._onChanged, this);
      }

      private _onChanged(_: LintMonitor, lint: NotebookLint | null): void {
        if (!lint || lint !== cell.lint) {
          return;
        }
        const problems = cell.problems(this._view.state.doc.toString());
        const key = JSON.stringify(problems, (name, value) =>
          name === 'cellIndex' ? undefined : value
        );
        if (problems && key !== this._key) {
          this._key = key;
          this._view.dispatch({ effects: answersChanged.of() });
        }
      }

      /** The line that was typed in last, while the cursor is there. */
      private _typedIn: number | undefined;
      /** What the marks were made from; undefined where the text has moved them since. */
      private _key: string | undefined;
    },
    {
      eventHandlers: {
        blur(): void {
          this.leave();
        }
      }
    }
  );
}
