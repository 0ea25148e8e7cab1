import { nullTranslator } from '@jupyterlab/translation';
import { rules } from '../contract';
import { rulePage } from '../editor/rulePages';
import { withRule } from './open-notebooks';

const trans = nullTranslator.load('jupyterlab_slipway');

const unwritten = {
  code: 'SLP499',
  name: 'unwritten',
  severity: 'hint' as const,
  summary: 'It has no page.',
  check: () => []
};

describe('The page of a rule', () => {
  withRule(unwritten);

  it('comes with the extension', async () => {
    for (const { code, name } of rules.filter(rule => rule !== unwritten)) {
      expect(await rulePage(code, trans)).toContain(`# ${code} ${name}`);
    }
  });

  it('is what the rule says of itself where there is none', async () => {
    expect(await rulePage('SLP499', trans)).toBe(
      '# SLP499 unwritten\n\nIt has no page.'
    );
  });

  it.each(['SLP000', '../../../README', ''])(
    'is a sentence for what is no rule: %j',
    async code => {
      expect(await rulePage(code, trans)).toContain('has no page');
    }
  );
});
