import { definitionsOf } from '../analysis/functions';
import type { IRule } from './rule';

export const predictorMissing: IRule = {
  code: 'SLP111',
  name: 'predictor-missing',
  severity: 'error',
  summary: 'No cell defines `predictor`.',
  *check(notebook) {
    // A star import or a magic may have made it.
    const isOpen = notebook.code.some(({ events }) =>
      events.some(({ kind }) => kind === 'anything')
    );
    if (!isOpen && definitionsOf(notebook, 'predictor').length === 0) {
      yield {
        message:
          'No cell defines `predictor`, the function that the service calls. Add one such as `def predictor(x): return model.predict([x])[0]`.'
      };
    }
  }
};
