import { missingCheck } from './missing-names';
import type { IRule } from './rule';

export const useBeforeDefinition: IRule = {
  code: 'SLP203',
  name: 'use-before-definition',
  severity: 'error',
  summary: 'A name is used above its definition in the same cell.',
  check: missingCheck('below', ({ event: { name, from }, other }) => ({
    message:
      other && other.event.from <= from
        ? `\`${name}\` is used here before it has a value. Give it one above.`
        : `\`${name}\` is used here, but defined only further down in this cell. Move the definition up.`
  }))
};
