/** The lint and Python agree on what is valid, form by form. */

import { spawnSync } from 'child_process';
import { join } from 'path';

import { lintNotebook } from '../contract';
import { FORMS } from './contract-grammar-cases';
import { notebook } from './contract-notebooks';

const root = join(__dirname, '..', '..');

function askPython(sources: string[]) {
  const { stdout, stderr, status } = spawnSync(
    join(root, '.venv', 'bin', 'python'),
    [join(root, 'scripts', 'python_syntax.py')],
    { input: JSON.stringify(sources), encoding: 'utf8', maxBuffer: 1 << 28 }
  );
  if (status !== 0) {
    throw new Error(`Python did not run: ${stderr}`);
  }
  return JSON.parse(stdout) as {
    version: [major: number, minor: number];
    faults: (string | null)[];
  };
}

/** IPython takes them, and Python does not. */
const IPYTHON = /^\s*[%!?,;/]|\?\s*$/m;

/** What Python itself takes or not, by its version. */
const OTHERWISE =
  /^a\[\*b\]: int|from \.__future__|\{a:\{b:\{c\}\}\}|^(?!def).*\n[^]*nonlocal/;

it('says of each form what Python says', () => {
  const sources = [...new Set(FORMS)].filter(
    source => !IPYTHON.test(source) && !OTHERWISE.test(source)
  );
  const { version, faults } = askPython(sources);
  const differences = sources.flatMap((source, index) => {
    const [problem] = lintNotebook({
      ...notebook(source),
      languageVersion: version.join('.')
    }).filter(({ code }) => code === 'SLP201');
    return Boolean(problem) === Boolean(faults[index])
      ? []
      : [{ source, python: faults[index], lint: problem?.message }];
  });
  expect(sources.length).toBeGreaterThan(2000);
  expect(faults.filter(Boolean).length).toBeGreaterThan(500);
  expect(differences).toEqual([]);
});
