export { cellGraph } from './analysis/graph';
export type { ICellDependency, ICellGraph } from './analysis/graph';
export { NotebookAnalyser } from './analysis/notebook';
export { applyEdits, combineFixes } from './fixes/apply';
export { lintNotebook, NotebookLinter } from './lint';
export { isSameCode } from './python/same-code';
export { normaliseName } from './requirements/pep508';
export { rules } from './rules';
export type { IRule } from './rules';
export type {
  ICell,
  ICellEdit,
  ICellInsertion,
  FoundPackages,
  IFix,
  IFixNeeds,
  IFoundPackage,
  ILintOptions,
  INotebookSource,
  IProblem,
  IRange,
  IWantedPackage,
  NotebookEdit,
  Severity
} from './types';
