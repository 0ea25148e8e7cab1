export { lintNotebook } from './lint';
export { rules } from './rules';
export type { IRule } from './rules';
export type {
  ICell,
  ICellEdit,
  IFix,
  ILintOptions,
  INotebookSource,
  IProblem,
  IRange,
  Severity
} from './types';
