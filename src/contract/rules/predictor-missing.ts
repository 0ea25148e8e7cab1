import { definitionsOf } from '../analysis/functions';
import { linksOf } from '../analysis/link';
import { predictorFixes } from '../fixes/skeletons';
import { nestedFunction } from './nested';
import type { IRule } from './rule';

export const predictorMissing: IRule = {
  code: 'SLP111',
  name: 'predictor-missing',
  severity: 'error',
  summary: 'No cell defines `predictor`.',
  *check(notebook) {
    // A star import or a magic may have made it.
    if (
      !linksOf(notebook).isOpen &&
      definitionsOf(notebook, 'predictor').length === 0 &&
      !nestedFunction(notebook, 'predictor')
    ) {
      yield {
        message:
          'No cell defines `predictor`, the function that the service calls. Add one such as `def predictor(x): return model.predict([x])[0]`.',
        fixes: predictorFixes(notebook)
      };
    }
  }
};
