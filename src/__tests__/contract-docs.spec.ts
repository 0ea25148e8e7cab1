import { existsSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';

import { rules } from '../contract';
import { problemsOf } from './contract-notebooks';

const docs = join(__dirname, '..', '..', 'docs');
const directory = join(docs, 'rules');

const pages = rules.map(({ code, name, severity }) => {
  const path = join(directory, `${code}.md`);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const blocks = [
    ...text.matchAll(/^(Bad|Good)[^\n]*:\n\n```python\n([^]*?)```/gm)
  ].map(([, kind, source]) => ({ kind, cells: source.split('# %%\n') }));
  return { code, name, severity, text, blocks };
});

/** Facts that no source shows: the language, the run, the files beside the notebook. */
const NO_EXAMPLE = new Set([
  'SLP100',
  'SLP207',
  'SLP208',
  'SLP209',
  'SLP210',
  'SLP306'
]);

describe('docs/rules', () => {
  it('has a page for every rule, and no other', () => {
    const found = readdirSync(directory).filter(file => file !== 'README.md');
    expect(found.sort()).toEqual(rules.map(({ code }) => `${code}.md`).sort());
  });

  it.each(pages)(
    'says the name and the severity of $code',
    ({ code, name, severity, text }) => {
      expect(text).toMatch(new RegExp(`^# ${code} ${name}\n\n`));
      expect(text.toLowerCase()).toContain(`\n\n**${severity}.**`);
    }
  );

  const withExamples = pages.filter(({ code }) => !NO_EXAMPLE.has(code));

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

/** Where tables of all rules stand. `SLIPWAY_UPDATE_DOCS=1` writes them. */
const TABLES = [
  {
    path: join(directory, 'README.md'),
    head: '| code | name | severity | what it finds |\n|---|---|---|---|\n',
    row: ({ code, name, severity, summary }: (typeof rules)[number]) =>
      `| [${code}](${code}.md) | ${name} | ${severity} | ${summary} |\n`
  },
  {
    path: join(docs, 'problems.md'),
    head: '',
    row: ({ code, summary }: (typeof rules)[number]) =>
      `| ${code} | ${summary} | [The rule's page](rules/${code}.md) says it. |\n`
  }
];

describe('The tables of rules', () => {
  it.each(TABLES)('are those of the rules: $path', ({ path, head, row }) => {
    const text = readFileSync(path, 'utf8');
    const table = `<!-- begin: rules -->\n${head}${rules.map(row).join('')}<!-- end: rules -->`;
    const wanted = text.replace(
      /<!-- begin: rules -->[^]*?<!-- end: rules -->/,
      () => table
    );
    if (process.env.SLIPWAY_UPDATE_DOCS) {
      writeFileSync(path, wanted);
    }
    expect(text).toBe(wanted);
    expect(text).toContain(table);
  });
});

describe('The rules', () => {
  it('have codes in order, each once', () => {
    const codes = rules.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort());
  });

  it('have names, each once, and a summary that is a sentence', () => {
    const names = rules.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    for (const { summary } of rules) {
      expect(summary).toMatch(/^[A-Z`].*\.$/);
    }
  });
});

describe('The codes that the builder shares', () => {
  const path = 'server_ext/jupyterlab_slipway/problems.py';
  const source = readFileSync(join(docs, '..', path), 'utf8');
  const shared = [...source.matchAll(/= "(SLP[1-3]\d\d)"/g)].map(
    ([, code]) => code
  );

  it.each(shared)('are codes of rules: %s', code => {
    expect(rules.map(rule => rule.code)).toContain(code);
  });
});
