import { readFileSync } from 'fs';
import { join } from 'path';

import { rules } from '../contract';
import { problemsOf } from './contract-notebooks';

const docs = join(__dirname, '..', '..', 'docs');
const pages = readFileSync(join(docs, 'rules.md'), 'utf8');
const sections = pages
  .split(/^## /m)
  .slice(1)
  .map(text => {
    const [, code, name] = /^(SLP\d+) (\S+)\n/.exec(text) ?? [];
    const blocks = [
      ...text.matchAll(/^(Bad|Good)[^\n]*:\n\n```python\n([^]*?)```/gm)
    ].map(([, kind, source]) => ({ kind, cells: source.split('# %%\n') }));
    return { code, name, text, blocks };
  });

describe('docs/rules.md', () => {
  it('documents every rule, in order, and nothing else', () => {
    expect(sections.map(({ code, name }) => [code, name])).toEqual(
      rules.map(({ code, name }) => [code, name])
    );
  });

  it.each(sections)('says the severity of $code', ({ code, text }) => {
    const severity = rules.find(rule => rule.code === code)?.severity ?? '';
    expect(text.toLowerCase()).toContain(`\n\n**${severity}.**`);
  });

  const withExamples = sections.filter(({ code }) => code !== 'SLP100');

  it.each(withExamples)('has examples of $code', ({ blocks }) => {
    expect(blocks.map(({ kind }) => kind)).toEqual(['Bad', 'Good']);
  });

  it.each(
    withExamples.flatMap(({ code, blocks }) =>
      blocks.map(block => ({ code, ...block }))
    )
  )('shows a $kind example of $code that is one', ({ code, kind, cells }) => {
    expect(problemsOf(code, ...cells).length > 0).toBe(kind === 'Bad');
  });
});

describe('docs/problems.md', () => {
  it('has a row for every rule', () => {
    const table = readFileSync(join(docs, 'problems.md'), 'utf8');
    for (const { code } of rules) {
      expect(table).toMatch(new RegExp(`^\\| *\`?${code}\\b`, 'm'));
    }
  });
});

describe('The rules', () => {
  it('have codes in order, each once', () => {
    const codes = rules.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort());
  });

  it.each([...rules])('have a code of the builder: $code', ({ code }) => {
    const path = 'server_ext/jupyterlab_slipway/problems.py';
    const source = readFileSync(join(docs, '..', path), 'utf8');
    expect(source).toContain(`= "${code}"`);
  });
});
