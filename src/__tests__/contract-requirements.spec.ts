import { readFileSync } from 'fs';
import { join } from 'path';

import { lintNotebook } from '../contract';
import { NotebookAnalyser } from '../contract/analysis/notebook';
import { readSpecifier } from '../contract/requirements/pep440';
import { normaliseName, readName } from '../contract/requirements/pep508';
import { notebook, problemsOf, textOf } from './contract-notebooks';

interface ICase {
  name: string;
  source: string[];
  requirements: [string, string][] | null;
  problem: string | null;
  /** What only the rules say: the builder leaves it to those who resolve the versions. */
  lint?: string;
  /** How the requirements are to be written, as both say. */
  advice?: string;
}

// The builder's tests run the same cases.
const cases: ICase[] = JSON.parse(
  readFileSync(
    join(__dirname, '../../server_ext/tests/data/requirements-cases.json'),
    'utf8'
  )
);

describe('A case shared with the builder', () => {
  it.each(cases)('$name', ({ source, requirements, problem, lint }) => {
    const found = lintNotebook(notebook(...source))
      .map(({ code }) => code)
      // Where the builder stops at the first fault, the rules show all.
      .filter(code => /^SLP10[1345678]$/.test(code));
    expect(found[0] ?? null).toBe(lint ?? problem);
    const { pins } = new NotebookAnalyser().analyse(
      notebook(...source)
    ).requirements;
    expect(pins ?? null).toEqual(requirements);
  });

  it.each(cases.filter(({ advice }) => advice !== undefined))(
    '$name: what is advised',
    ({ source, advice }) => {
      const [{ message }] = problemsOf('SLP104', ...source);
      expect(message).toContain(`Write it as ${advice}.`);
    }
  );
});

describe('What is said about requirements', () => {
  it.each([
    ['SLP101', 'x = 1', undefined, 'No cell declares `requirements`'],
    [
      'SLP101',
      'if True:\n    requirements = []',
      'requirements',
      'Move this one out of its block'
    ],
    [
      'SLP102',
      'requirements = []\nrequirements = []',
      'requirements',
      'further down in this cell'
    ],
    ['SLP103', 'requirements = [["a", v]]', 'v', '`v` has no value'],
    ['SLP103', 'requirements = f(1)', 'f(1)', '`f(1)`'],
    [
      'SLP103',
      'requirements = []\nrequirements += []',
      'requirements += []\n',
      'later changes'
    ],
    ['SLP104', 'requirements = "a"', '"a"', 'not a list but `"a"`'],
    ['SLP104', 'requirements = [["a", "1"], ["b"]]', '["b"]', 'Entry 2'],
    ['SLP105', 'requirements = [["-r x", "1"]]', '"-r x"', '`"-r x"`'],
    ['SLP106', 'requirements = [["a", 1.5]]', '1.5', '`"1.5"`'],
    ['SLP106', 'requirements = [["a", "new"]]', '"new"', 'specifier such as'],
    [
      'SLP107',
      'requirements = [["numpy", "1"], ["numpy", "1"]]',
      '"numpy"',
      '`numpy` is listed twice; keep one.'
    ],
    [
      'SLP107',
      'requirements = [["a-b", "1"], ["A_B", "1"]]',
      '"A_B"',
      '`A_B` and `a-b` are the same package; keep one.'
    ]
  ])('%s in %j is about %j', (code, source, text, message) => {
    const [problem, ...more] = problemsOf(code, source);
    expect(more).toEqual([]);
    expect(problem.message).toContain(message);
    expect(textOf(problem, source)?.trimEnd()).toBe(text?.trimEnd());
  });

  it('names the cell of the declaration that counts', () => {
    const cells = ['requirements = [["a", "1"]]', 'requirements = []'];
    const [problem] = problemsOf('SLP102', ...cells);
    expect(problem).toMatchObject({ severity: 'warning', cellIndex: 0 });
    expect(problem.message).toContain('in cell 2');
  });

  it('is nothing but the syntax error while the list is half typed', () => {
    const codes = lintNotebook(
      notebook('requirements = [["numpy", "1', 'def predictor(x): return x')
    ).map(({ code }) => code);
    expect(codes).toEqual(['SLP201']);
  });

  it('shows every faulty entry', () => {
    const source = 'requirements = [["a b", "1"], ["a", "x"], ["b"], 1]';
    const codes = lintNotebook(notebook(source))
      .filter(({ cellIndex }) => cellIndex === 0)
      .map(({ code }) => code);
    expect(codes).toEqual(['SLP105', 'SLP106', 'SLP104', 'SLP104']);
  });

  it.each([
    ['"\\x6eum\\u0070y"', 'numpy'],
    ['"num\\\npy"', 'numpy'],
    ['"""numpy"""', 'numpy'],
    ["u'numpy'", 'numpy'],
    ["R'numpy'", 'numpy'],
    ["'num' # half\n 'py'", 'numpy'],
    ['"\\156umpy"', 'numpy']
  ])('reads the string %s', (literal, name) => {
    const source = `requirements = [(${literal}, "1")]`;
    const { pins } = new NotebookAnalyser().analyse(
      notebook(source)
    ).requirements;
    expect(pins).toEqual([[name, '==1']]);
  });
});

describe('readName', () => {
  it.each([
    ['numpy', 'numpy'],
    ['a', 'a'],
    ['zope.interface', 'zope.interface'],
    ['a[b, c]', 'a[b,c]'],
    ['a[ b ]', 'a[b]'],
    ['', undefined],
    ['-a', undefined],
    ['a-', undefined],
    ['a[]', undefined],
    ['a[b', undefined],
    ['a [b]', undefined],
    ['a\n', undefined],
    ['ä', undefined]
  ])('reads %j as %j', (text, name) => {
    expect(readName(text)).toBe(name);
  });

  it.each([
    ['Zope.Interface', 'zope-interface'],
    ['a__b--c', 'a-b-c'],
    ['uvicorn[standard]', 'uvicorn']
  ])('normalises %s to %s', (name, normalised) => {
    expect(normaliseName(name)).toBe(normalised);
  });
});

describe('readSpecifier', () => {
  it.each([
    ['1.0', '==1.0'],
    ['v1.0', '==v1.0'],
    ['1!2.0.post1', '==1!2.0.post1'],
    ['1.0-1', '==1.0-1'],
    ['1.0.RC1', '==1.0.RC1'],
    ['1.0a1.post2.dev3+local.7', '==1.0a1.post2.dev3+local.7'],
    ['1.*', '==1.*'],
    ['!=1.*, >0', '!=1.*,>0'],
    ['~=1.4.5a4', '~=1.4.5a4'],
    ['==1.0+abc', '==1.0+abc'],
    ['', undefined],
    [' ', undefined],
    ['latest', undefined],
    ['1.0.', undefined],
    ['1..0', undefined],
    ['=1.0', undefined],
    ['~=1', undefined],
    ['>1.*', undefined],
    ['<1.0+abc', undefined],
    ['==1.0a1.*', undefined],
    ['1 .0', undefined],
    ['>=1.0 <2', undefined],
    ['1.0\t', undefined],
    [',', undefined]
  ])('reads %j as %j', (text, specifier) => {
    expect(readSpecifier(text)).toBe(specifier);
  });
});
