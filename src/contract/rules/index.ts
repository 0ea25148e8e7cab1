import { definedLater } from './defined-later';
import { deletedName } from './deleted-name';
import { editedAfterRun } from './edited-after-run';
import { lastRunFailed } from './last-run-failed';
import { maybeUndefined } from './maybe-undefined';
import { notPython } from './not-python';
import { predictorArity } from './predictor-arity';
import { predictorMissing } from './predictor-missing';
import { requirementName } from './requirement-name';
import { requirementRepeated } from './requirement-repeated';
import { requirementVersion } from './requirement-version';
import { requirementsMissing } from './requirements-missing';
import { requirementsNotLiteral } from './requirements-not-literal';
import { requirementsRepeated } from './requirements-repeated';
import { requirementsShape } from './requirements-shape';
import type { IRule } from './rule';
import { runOutOfOrder } from './run-out-of-order';
import { syntaxError } from './syntax-error';
import { undefinedName } from './undefined-name';
import { useBeforeDefinition } from './use-before-definition';
import { validatorArity } from './validator-arity';

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
  predictorMissing,
  predictorArity,
  validatorArity,
  syntaxError,
  undefinedName,
  useBeforeDefinition,
  definedLater,
  deletedName,
  maybeUndefined,
  runOutOfOrder,
  editedAfterRun,
  lastRunFailed
];
