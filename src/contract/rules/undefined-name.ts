import { linksOf } from '../analysis/link';
import { perNotebook } from '../analysis/memo';
import { NameGuesser } from '../analysis/nearest-name';
import { missingCheck } from './missing-names';
import type { IRule } from './rule';

const guesserOf = perNotebook(
  notebook => new NameGuesser(linksOf(notebook).final.keys())
);

export const undefinedName: IRule = {
  code: 'SLP202',
  name: 'undefined-name',
  severity: 'error',
  summary: 'Nothing defines a name that is used.',
  check: missingCheck('nowhere', ({ cell, event }, notebook) => {
    const { name, from, to } = event;
    const near = guesserOf(notebook).nearest(name);
    const message = near
      ? `Nothing defines \`${name}\`; did you mean \`${near}\`? Correct it, or define the name in a cell above.`
      : `Nothing defines \`${name}\`. Define or import it in a cell above, or correct its spelling.`;
    return {
      message,
      fixes: near
        ? [
            {
              title: `Write ${near}`,
              safe: false,
              edits: () => [
                {
                  kind: 'replace',
                  cellIndex: cell.index,
                  range: { from, to },
                  insert: near
                }
              ]
            }
          ]
        : undefined
    };
  })
};
