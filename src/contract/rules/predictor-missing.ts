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
    const { isOpen, final, gone } = linksOf(notebook);
    // A star import or a magic may have made it.
    if (
      isOpen ||
      final.has('predictor') ||
      nestedFunction(notebook, 'predictor')
    ) {
      return;
    }
    const deleted = gone.get('predictor');
    if (deleted) {
      const { from, to } = deleted.event;
      yield {
        message:
          '`predictor`, the function that the service calls, is deleted here. Do not delete it.',
        cellIndex: deleted.cell.index,
        range: { from, to }
      };
    } else {
      yield {
        message:
          'No cell defines `predictor`, the function that the service calls. Add one such as `def predictor(x): return model.predict([x])[0]`.',
        fixes: predictorFixes(notebook)
      };
    }
  }
};
