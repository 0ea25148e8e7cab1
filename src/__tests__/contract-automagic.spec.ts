/** Magics that a cell consists of need no `%`, unless a variable has their name. */

import { NotebookLinter } from '../contract';
import { missingNames, notebook, problemsOf } from './contract-notebooks';

function errors(...cells: string[]): string[] {
  return new NotebookLinter()
    .lint(notebook(...cells))
    .filter(({ code }) => /^SLP20[1-6]$/.test(code))
    .map(({ code, cellIndex }) => `${code} ${cellIndex}`);
}

describe('A cell that is a magic without `%`', () => {
  it.each([
    'pip list',
    'ls',
    'ls -l\n',
    '\n\n  pwd',
    'cd .',
    'time 1+1',
    'time for i in x: pass',
    'history',
    'who',
    'lsmagic',
    'env',
    'alias'
  ])('has no error: %j', source => {
    expect(errors('x = []', source)).toEqual([]);
  });

  it.each([
    ['x = 1\nls', 'SLP202 0'],
    ['ls\n\n\n1', 'SLP202 0'],
    ['ls.x', 'SLP202 0'],
    ['pip list\nx = 1', 'SLP201 0'],
    ['lsx', 'SLP202 0']
  ])('is not every cell: %j', (source, error) => {
    expect(errors(source)).toEqual([error]);
  });

  it('is Python where a variable has the name', () => {
    expect(errors('import time', 'time', 'time 1+1')).toEqual(['SLP201 2']);
    expect(errors('ls = [1]', 'del ls', 'ls')).toEqual([]);
  });

  it('makes the names of its statement', () => {
    expect(missingNames('time x = 1', 'x')).toEqual([]);
    expect(missingNames('time x = y')).toHaveLength(1);
  });

  it('can install packages', () => {
    const [problem, ...more] = problemsOf('SLP301', 'pip install numpy==1.0');
    expect(more).toEqual([]);
    expect(problem.range).toEqual({ from: 0, to: 22 });
    expect(problemsOf('SLP301', 'pip?')).toEqual([]);
  });

  it('follows the cells above it as they change', () => {
    const linter = new NotebookLinter();
    const lint = (...cells: string[]) =>
      linter.lint(notebook(...cells)).some(({ code }) => code === 'SLP201');
    expect(lint('x = 1', 'time 1+1')).toBe(false);
    expect(lint('time = 1', 'time 1+1')).toBe(true);
    expect(lint('time 1+1', 'time = 1')).toBe(false);
    expect(lint('time = 1', 'x = 1', 'time 1+1')).toBe(true);
  });
});
