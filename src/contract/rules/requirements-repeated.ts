import type { IRule } from './rule';
import { cellName } from './text';

export const requirementsRepeated: IRule = {
  code: 'SLP102',
  name: 'requirements-repeated',
  severity: 'warning',
  summary: '`requirements` is declared more than once; the last one counts.',
  *check({ requirements: { declarations } }) {
    // Unpacking and later changes are no second declaration, but a fault of another rule.
    const whole = declarations.filter(({ value }) => value);
    const last = whole[whole.length - 1];
    for (const { cell, name } of whole.slice(0, -1)) {
      const place =
        last.cell.index === cell.index
          ? 'further down in this cell'
          : `in ${cellName(last.cell.index)}`;
      yield {
        message: `\`requirements\` is declared again ${place}, and only the last one counts. Keep one.`,
        cellIndex: cell.index,
        range: { from: name.from, to: name.to }
      };
    }
  }
};
