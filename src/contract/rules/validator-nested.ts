import { nestedCheck } from './nested';
import type { IRule } from './rule';

export const validatorNested: IRule = {
  code: 'SLP124',
  name: 'validator-nested',
  severity: 'error',
  summary: '`validator` is defined only inside a function.',
  check: nestedCheck(
    'validator',
    ({ cell, around, name, isMethod }) =>
      // A notebook needs none: a method, or a function that is used where it stands, is meant as it is.
      !isMethod &&
      (cell.source.slice(around.from, around.to).match(/\bvalidator\b/g)
        ?.length ?? 0) <= 1 &&
      name.parent?.parent?.name !== 'DecoratedStatement'
  )
};
