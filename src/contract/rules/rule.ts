import type { INotebookAnalysis } from '../analysis/notebook';
import type { IFix, IRange, Severity } from '../types';

/** What a rule says; the linter adds code, severity and the cell's id. */
export interface IFinding {
  message: string;
  /** Where it differs from the rule's. */
  severity?: Severity;
  /** Position of the cell, counted from 0; none for a fact of the whole notebook. */
  cellIndex?: number;
  range?: IRange;
  fixes?: ReadonlyArray<IFix>;
}

/** One static rule. */
export interface IRule {
  /** Stable, never reused. */
  readonly code: string;
  /** Unique, in kebab-case; the file's name. */
  readonly name: string;
  readonly severity: Severity;
  /** What it finds, in one line. */
  readonly summary: string;
  /** Never throws, whatever the notebook; gives findings in document order. */
  check(notebook: INotebookAnalysis): Iterable<IFinding>;
}
