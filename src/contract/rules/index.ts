import { absolutePath } from './absolute-path';
import { cellNotRead } from './cell-not-read';
import { definedLater } from './defined-later';
import { deletedName } from './deleted-name';
import { editedAfterRun } from './edited-after-run';
import { examplesMissing } from './examples-missing';
import { fileAtPrediction } from './file-at-prediction';
import { fileNotBeside } from './file-not-beside';
import { globalChanged } from './global-changed';
import { hiddenName } from './hidden-name';
import { importUndeclared } from './import-undeclared';
import { installLine } from './install-line';
import { interactiveInPredictor } from './interactive-in-predictor';
import { keyboardInput } from './keyboard-input';
import { lastRunFailed } from './last-run-failed';
import { maybeUndefined } from './maybe-undefined';
import { notPicklable } from './not-picklable';
import { notPython } from './not-python';
import { predictorArity } from './predictor-arity';
import { predictorKind } from './predictor-kind';
import { predictorMissing } from './predictor-missing';
import { predictorNested } from './predictor-nested';
import { predictorRedefined } from './predictor-redefined';
import { requirementConflict } from './requirement-conflict';
import { requirementMisspelt } from './requirement-misspelt';
import { requirementName } from './requirement-name';
import { requirementRepeated } from './requirement-repeated';
import { requirementUnused } from './requirement-unused';
import { requirementVersion } from './requirement-version';
import { requirementsMissing } from './requirements-missing';
import { requirementsNotLiteral } from './requirements-not-literal';
import { requirementsRepeated } from './requirements-repeated';
import { requirementsShape } from './requirements-shape';
import type { IRule } from './rule';
import { runOutOfOrder } from './run-out-of-order';
import { secretInSource } from './secret-in-source';
import { shellLine } from './shell-line';
import { syntaxError } from './syntax-error';
import { undefinedName } from './undefined-name';
import { unseededRandomness } from './unseeded-randomness';
import { useBeforeDefinition } from './use-before-definition';
import { validatorArity } from './validator-arity';
import { validatorKind } from './validator-kind';
import { validatorNested } from './validator-nested';
import { validatorNotBoolean } from './validator-not-boolean';
import { validatorRedefined } from './validator-redefined';

export type { IFinding, IRule } from './rule';

/** All rules, in the order of their codes. A new rule is its file and one line here. */
export const rules: ReadonlyArray<IRule> = [
  notPython,
  requirementsMissing,
  requirementsRepeated,
  requirementsNotLiteral,
  requirementsShape,
  requirementName,
  requirementVersion,
  requirementRepeated,
  requirementConflict,
  importUndeclared,
  requirementUnused,
  predictorMissing,
  predictorArity,
  predictorRedefined,
  predictorKind,
  predictorNested,
  requirementMisspelt,
  validatorArity,
  validatorRedefined,
  validatorKind,
  validatorNested,
  validatorNotBoolean,
  examplesMissing,
  syntaxError,
  undefinedName,
  useBeforeDefinition,
  definedLater,
  deletedName,
  maybeUndefined,
  runOutOfOrder,
  editedAfterRun,
  lastRunFailed,
  cellNotRead,
  installLine,
  shellLine,
  interactiveInPredictor,
  keyboardInput,
  absolutePath,
  fileNotBeside,
  fileAtPrediction,
  secretInSource,
  globalChanged,
  notPicklable,
  hiddenName,
  unseededRandomness
];
