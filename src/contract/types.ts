/**
 * What goes into the static rules and what comes out of them.
 *
 * All offsets count UTF-16 units, as JavaScript strings and CodeMirror do.
 */

/** A cell of the notebook, whatever its type. */
export interface ICell {
  /** The nbformat id; empty where the notebook has none. */
  id: string;
  type: 'code' | 'markdown' | 'raw';
  source: string;
}

/** The notebook as its author sees it now. */
export interface INotebookSource {
  /** All cells, in document order. */
  cells: ReadonlyArray<ICell>;
  /**
   * The language's name, from `metadata.kernelspec.language` or `metadata.language_info.name`.
   * A notebook that does not say is taken for Python.
   */
  language?: string;
  /** `metadata.language_info.version`, such as `3.11.7`, where the notebook has it. */
  languageVersion?: string;
}

/** The same words as on the wire. */
export type Severity = 'error' | 'warning' | 'hint';

/** A stretch of a cell's source, end excluded. */
export interface IRange {
  from: number;
  to: number;
}

/** One replacement in a cell's source. */
export interface ICellEdit {
  cellIndex: number;
  range: IRange;
  insert: string;
}

/** A change of the notebook that answers a problem. */
export interface IFix {
  /** What it does, in the imperative. */
  title: string;
  edits: ReadonlyArray<ICellEdit>;
  /** Whether it may be applied together with all others, unseen. */
  safe: boolean;
}

/** One finding of a rule. */
export interface IProblem {
  /** Stable, `SLP101` and so on; the rule's code. */
  code: string;
  severity: Severity;
  /** A sentence that says what is wrong and what to do; names stand in backquotes. */
  message: string;
  /** Where it is; a problem of the whole notebook has no cell. */
  cellId?: string;
  /** Position in `INotebookSource.cells`, counted from 0 (messages and the wire count from 1). */
  cellIndex?: number;
  /** Offsets in the cell's source. */
  range?: IRange;
  fixes?: ReadonlyArray<IFix>;
}

export interface ILintOptions {
  /** Codes of rules that are switched off. */
  disabled?: ReadonlyArray<string>;
}
