/** Applies fixes to open notebooks, and knows what is under way. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { applyEdits } from '../contract';
import type { IFix, IFixNeeds, IFoundPackage, IProblem } from '../contract';
import { planSafeFixes } from './fixPlan';
import { editNotebook } from './notebookEdits';
import type { IDoneEdits } from './notebookEdits';
import type { NotebookLint } from './notebookLint';
import { Findings } from './packages';
import type { IPackageSources } from './packages';

/** How the last fix went, in words for the user. */
export interface IFixReport {
  lint: NotebookLint;
  state: 'asking' | 'done' | 'failed';
  message: string;
  /** What one has to know of it besides. */
  note?: string;
  done?: IDoneEdits;
  /** Takes it back; says whether it could. */
  takeBack?: () => boolean;
}

type IWorkDone = Pick<IFixReport, 'message' | 'note'> & { done: IDoneEdits };

/** Rounds of questions before all fixes know what they need: an answer may lead to another question. */
const QUESTIONS = 4;

export class Fixes {
  constructor(
    private readonly _sources: IPackageSources,
    /** Shows where a notebook was changed. */
    private readonly _reveal: (lint: NotebookLint, done: IDoneEdits) => void,
    private readonly _trans: TranslationBundle
  ) {}

  /** How the last fix went; undefined once it is taken back. */
  get report(): IFixReport | undefined {
    return this._report;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isBusy(): boolean {
    return this._report?.state === 'asking';
  }

  /** Applies a fix, if the problem that it answers is still there. */
  async apply(lint: NotebookLint, problem: IProblem, fix: IFix): Promise<void> {
    await this._run(lint, fix.title, async () => {
      const findings = new Findings(this._sources, lint);
      if (fix.needs) {
        await findings.ask([fix.needs]);
        this._expectOpen(lint);
      }
      const current = findAgain(lint.refresh(), problem, fix);
      if (!current) {
        throw new Error(
          this._trans.__(
            'The notebook has changed, and the problem is not there any more.'
          )
        );
      }
      const done = this._edit(
        lint,
        applyEdits(
          lint.source.cells.map(({ source }) => source),
          current.edits(findings.of(current))
        )
      );
      if (!done) {
        throw new Error(findings.failure(current, this._trans));
      }
      this._reveal(lint, done);
      const asked = current.needs ? [current.needs] : [];
      const newest = this._newest(findings.notInstalled(asked));
      return {
        done,
        // What a fix calls the installed version may be none.
        message: newest
          ? this._trans.__('Done. %1', newest)
          : this._trans.__('Done: %1.', fix.title),
        note: current.note
      };
    });
  }

  /** Applies all safe fixes, and those of what comes to light by them, as one step. */
  async applySafe(lint: NotebookLint): Promise<void> {
    const title = this._trans.__('Fix all');
    await this._run(lint, title, async () => {
      const findings = new Findings(this._sources, lint);
      const asked: IFixNeeds[] = [];
      for (let round = 0; round < QUESTIONS; round++) {
        lint.refresh();
        const { missing } = planSafeFixes(lint, findings);
        if (missing.length === 0) {
          break;
        }
        asked.push(...missing);
        await findings.ask(missing);
        this._expectOpen(lint);
      }
      lint.refresh();
      const done = this._edit(lint, planSafeFixes(lint, findings).cells);
      if (!done) {
        throw new Error(
          this._trans.__('There is nothing that can be fixed without you.')
        );
      }
      return {
        done,
        message: this._left(lint.problems),
        note: this._newest(findings.notInstalled(asked))
      };
    });
  }

  /** What is left where all is fixed that needs no decision. */
  private _left(problems: ReadonlyArray<IProblem>): string {
    const trans = this._trans;
    const left = problems.length;
    const withFix = problems.filter(({ fixes }) => fixes?.length).length;
    return [
      left === 0
        ? trans.__('Done: no problem is left.')
        : trans._n(
            'Done: %1 problem is left, which needs a decision.',
            'Done: %1 problems are left, which need a decision.',
            left
          ),
      withFix > 0
        ? trans._n(
            'For %1 there are fixes to choose from.',
            'For %1 of them there are fixes to choose from.',
            withFix
          )
        : ''
    ]
      .filter(Boolean)
      .join(' ');
  }

  /** Where the words of a fix are not what happened. */
  private _newest(packages: ReadonlyArray<IFoundPackage>): string | undefined {
    const names = packages.map(({ name, version }) => `${name} ${version}`);
    return names.length === 0
      ? undefined
      : this._trans.__(
          'The newest on the package index, since the kernel has none: %1.',
          names.join(', ')
        );
  }

  private _edit(
    lint: NotebookLint,
    cells: Parameters<typeof editNotebook>[1]
  ): IDoneEdits | undefined {
    const done = editNotebook(lint.context.model.sharedModel, cells);
    lint.refresh();
    return done;
  }

  /** The notebook may have been closed while somebody was asked. */
  private _expectOpen(lint: NotebookLint): void {
    if (lint.isDisposed) {
      throw new Error(this._trans.__('The notebook was closed meanwhile.'));
    }
  }

  private async _run(
    lint: NotebookLint,
    title: string,
    work: () => Promise<IWorkDone>
  ): Promise<void> {
    if (this.isBusy) {
      return;
    }
    const report = (state: IFixReport['state'], message: string) =>
      this._set({ lint, state, message });
    report('asking', this._trans.__('%1…', title));
    try {
      const { done, ...words } = await work();
      const outdate = () => {
        // Undone, or typed over: then it is no news any more.
        if (this._report?.done !== done) {
          lint.changed.disconnect(outdate);
        } else if (!done.isLast()) {
          this._set(undefined);
        }
      };
      lint.changed.connect(outdate);
      this._set({
        ...words,
        done,
        lint,
        state: 'done',
        takeBack: () => {
          const isBack = !lint.isDisposed && done.takeBack();
          this._set(undefined);
          return isBack;
        }
      });
    } catch (error) {
      report('failed', error instanceof Error ? error.message : String(error));
    }
  }

  private _set(report: IFixReport | undefined): void {
    this._report = report;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _report: IFixReport | undefined;
}

/** The same fix of the same problem, among the problems as they are now. */
function findAgain(
  problems: ReadonlyArray<IProblem>,
  wanted: IProblem,
  fix: IFix
): IFix | undefined {
  const start = (problem: IProblem) => problem.range?.from ?? -1;
  const away = (problem: IProblem) => Math.abs(start(problem) - start(wanted));
  const same = problems
    .filter(
      problem =>
        problem.code === wanted.code &&
        problem.cellId === wanted.cellId &&
        problem.message === wanted.message
    )
    .sort((a, b) => away(a) - away(b));
  return same
    .flatMap(problem => problem.fixes ?? [])
    .find(({ title }) => title === fix.title);
}
