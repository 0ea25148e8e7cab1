import { bringsModule } from '../analysis/imported-packages';
import { lastListOf, namesIn } from '../fixes/requirements-list';
import type { IRule } from './rule';

export const lastRunFailed: IRule = {
  code: 'SLP209',
  name: 'last-run-failed',
  severity: 'hint',
  summary: 'The last run of a cell ended in an error.',
  *check(notebook) {
    const { cells, code } = notebook;
    const list = lastListOf(notebook);
    const declared = list ? [...namesIn(list)] : [];
    for (const { index } of code) {
      const { hasFailed, isEdited, missingModule } = cells[index];
      // The kernel on the screen lacks it; a deployment has what is declared.
      const isOnlyHere =
        missingModule !== undefined &&
        declared.some(name => bringsModule(name, missingModule));
      if (hasFailed && !isEdited && !isOnlyHere) {
        yield {
          message:
            'The last run of this cell ended in an error, and a deployment may end there, too. Mend it and run it again.',
          cellIndex: index
        };
      }
    }
  }
};
