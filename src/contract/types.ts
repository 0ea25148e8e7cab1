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
  /** nbformat's number of its last run; absent or null where it has none. */
  executionCount?: number | null;
  /** Whether it was changed since its last run, as far as the editor knows. */
  isEdited?: boolean;
  /** Whether its outputs hold an error. */
  hasFailed?: boolean;
  /** The module, in dots, that its last run did not find, where that is what it ended at. */
  missingModule?: string;
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
  /** Names of the files and directories beside the notebook, where they are known. */
  siblings?: ReadonlyArray<string>;
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
  kind: 'replace';
  cellIndex: number;
  range: IRange;
  insert: string;
}

/** A new cell of code. */
export interface ICellInsertion {
  kind: 'insert';
  /** It comes before the cell of this position; the number of cells stands for the end. */
  cellIndex: number;
  source: string;
  /** The name that it is for: a notebook needs one such cell only. */
  declares?: string;
}

/** Positions and ranges are those of the notebook that was linted: edits of one fix do not shift each other. */
export type NotebookEdit = ICellEdit | ICellInsertion;

/** A package that a fix has to know the version of. */
export interface IWantedPackage {
  /** The likely name on the package index, as one would write it. */
  name: string;
  /** The module whose import asks for it, if one does: the kernel may know better who brings it. */
  module?: string;
}

/** A package by the name on its index, and one exact version. */
export interface IFoundPackage {
  name: string;
  version: string;
}

/** Answers by `IWantedPackage.name`; what has none was not found. */
export type FoundPackages = ReadonlyMap<string, IFoundPackage>;

/** What a fix has to ask for before it can tell its edits. */
export interface IFixNeeds {
  /** `kernel`: what is installed beside the notebook's kernel; `index`: the newest version that installs. */
  from: 'kernel' | 'index';
  packages: ReadonlyArray<IWantedPackage>;
}

/** A change of the notebook that answers a problem. */
export interface IFix {
  /** What it does, in the imperative. */
  title: string;
  /** Whether it may be applied together with all others, unseen. */
  safe: boolean;
  needs?: IFixNeeds;
  /** What is left to do once it is applied, in a sentence. */
  note?: string;
  /** Pure. Called with the answers to `needs`, or with none of them where nobody could answer. */
  edits(found: FoundPackages): ReadonlyArray<NotebookEdit>;
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
