import { applyEdits, lintNotebook } from '../contract';
import { BAD, CERTAIN, GOOD, READS, REASONS } from './contract-names-cases';
import { missingNames, notebook, textOf } from './contract-notebooks';

describe('Names that are defined when they are used', () => {
  it.each(GOOD.map(cells => [cells]))('give no problem: %j', cells => {
    expect(missingNames(...cells)).toEqual([]);
  });
});

describe('A name that is not defined when it is used', () => {
  it.each(BAD)('is found in %j: %s', (cells, text, message) => {
    const [problem, ...more] = missingNames(...cells);
    expect(more).toEqual([]);
    expect(problem.severity).toBe('error');
    expect(textOf(problem, ...cells)).toBe(text);
    expect(problem.message).toContain(message);
  });

  it('is a warning where only the body of a function uses it', () => {
    const cells = ['def f(x):\n  return lenght(x)'];
    const [problem, ...more] = missingNames(...cells);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'warning' });
    expect(problem.message).toContain('correct its spelling');
  });

  it.each([
    ['import sys\nif sys.version_info < (3,):\n  unicode("a")'],
    ['import sys\nx = 1 if sys.argv else unicode'],
    ['try:\n  import json\nexcept ImportError:\n  unicode'],
    ['import sys\nif sys.argv:\n  print(unicode)\nunicode = 1'],
    ['match 1:\n  case unicode(): pass'],
    ['match 1:\n  case unicode.x: pass'],
    ['match 1:\n  case 1 if unicode: pass'],
    ['import sys\nif sys.argv: x = str\nelif unicode: x = unicode'],
    ['try:\n  import a\nexcept ImportError: pass\nelse: unicode'],
    ['try:\n  import a\n  unicode\nexcept ImportError: pass'],
    ['import sys\nassert sys.argv, unicode'],
    ['import sys\n[unicode for _ in [1] if sys.argv]'],
    ['import sys\nfor _ in [1]:\n  if sys.argv: continue\n  unicode']
  ])('is a warning in code that need not run: %s', cell => {
    const [problem, ...more] = missingNames(cell);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'warning' });
    expect(textOf(problem, cell)).toBe('unicode');
  });

  it.each([
    ['for i in [1]:\n  total += i', 'total', 'SLP203'],
    ['while True:\n  total = total + 1', 'total', 'SLP203'],
    ['while True:\n  for _ in [1]:\n    total\n  total = 1', 'total', 'SLP203'],
    ['for i in [1]:\n  if i: continue\n  total += i', 'total', 'SLP203'],
    ['def f():\n  total += 1', 'total', 'SLP202']
  ])('is a warning in the round of a loop, or call: %s', (cell, name, code) => {
    const [problem, ...more] = missingNames(cell);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code, severity: 'warning' });
    expect(textOf(problem, cell)).toBe(name);
  });

  it.each([
    ['class A:\n  total += 1', 'total'],
    ['del total', 'total']
  ])('is an error where nothing gave it one: %s', (cell, name) => {
    const [problem, ...more] = missingNames(cell);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'SLP202', severity: 'error' });
    expect(textOf(problem, cell)).toBe(name);
  });

  it.each([
    ['x: "Late" = None', 'Late'],
    ['def f(x: list["Late"]): pass', 'Late'],
    ['def f() -> "dict[str, pd.DataFrame]": pass', 'pd']
  ])('is a warning within a quoted annotation: %s', (cell, name) => {
    const [problem, ...more] = missingNames(cell);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'SLP202', severity: 'warning' });
    expect(textOf(problem, cell)).toBe(name);
  });

  it('is reported once a cell, at its first use', () => {
    const found = missingNames('x\nx', 'x');
    expect(found.map(({ cellIndex, range }) => [cellIndex, range])).toEqual([
      [0, { from: 0, to: 1 }],
      [1, { from: 0, to: 1 }]
    ]);
  });

  it('counts all cells in its message, as the author does', () => {
    const { cells } = notebook('x', 'x = 1');
    const text = { id: 'm', type: 'markdown', source: '# A' } as const;
    const problems = lintNotebook({ cells: [text, cells[0], text, cells[1]] });
    expect(problems.find(({ code }) => code === 'SLP204')).toMatchObject({
      cellIndex: 1,
      message: expect.stringContaining('cell 4')
    });
  });
});

describe('Code that never runs', () => {
  it.each([
    'assert True, late',
    '[late for _ in []]',
    'for _ in (): late',
    'while False: late',
    'if not True: late',
    'if 1 or 0: pass\nelse: late',
    'while True: pass\nlate',
    'def f():\n  return 1\n  late'
  ])('misses no names: %s', source => {
    expect(missingNames(source)).toEqual([]);
  });
});

describe('A name that `predictor` needs and nothing defines', () => {
  it.each([
    'def predictor(x): return modle',
    'def predictor(x):\n  if x is None: return 0\n  return modle',
    'predictor = lambda x: modle',
    'def f(x): return modle\npredictor = f',
    'def predictor(x): return 1\ndef validator(x): return modle'
  ])('is an error: %s', source => {
    const [problem, ...more] = missingNames(source);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'SLP202', severity: 'error' });
    expect(textOf(problem, source)).toBe('modle');
  });

  it('is one at the place that needs it', () => {
    const source = 'def f(): late\ndef predictor(x): return late';
    const [{ range }, ...more] = missingNames(source);
    expect(more).toEqual([]);
    expect(range?.from).toBe(source.lastIndexOf('late'));
  });

  it.each([
    'def predictor(x):\n  if x: return modle\n  return 1',
    'def predictor(x):\n  def f(): return modle\n  return 1',
    'def predictor(x):\n  for y in x:\n    if y: continue\n    modle',
    'def predictor(x):\n  try:\n    f = x()\n    return modle\n  except ValueError: return 1',
    'def f(x): return modle\ndef predictor(x): return f(x)',
    'from functools import cache\n@cache\ndef predictor(x): return modle',
    'if f.x:\n  def predictor(x): return modle'
  ])('is a warning where it may do without: %s', source => {
    const found = missingNames(source).filter(
      problem => textOf(problem, source) === 'modle'
    );
    expect(found.map(({ severity }) => severity)).toEqual(['warning']);
  });
});

describe('Annotations that look ahead', () => {
  const cells = notebook('def f(x: Late): pass', 'class Late: pass').cells;

  it.each([
    ['3.6.15', 1],
    ['3.13.0', 1],
    ['3.14.0', 0],
    [undefined, 0]
  ])('are judged by the version: %s has %d problems', (version, count) => {
    const found = lintNotebook({ cells, languageVersion: version });
    expect(found.filter(({ code }) => code === 'SLP204')).toHaveLength(count);
  });
});

describe('The reason why a name has no value', () => {
  it.each(REASONS)('is told in %j: %s', (cells, code, text, message) => {
    const [problem, ...more] = missingNames(...cells);
    expect(more).toEqual([]);
    expect(problem.code).toBe(code);
    expect(textOf(problem, ...cells)).toBe(text);
    expect(problem.message).toContain(message);
  });

  it('comes with the name that was meant', () => {
    const cells = ['length = 1', 'print(lenght)'];
    const [{ fixes }] = missingNames(...cells);
    const edits = fixes?.[0].edits(new Map()) ?? [];
    expect(applyEdits(cells, edits).map(({ source }) => source)).toEqual([
      'length = 1',
      'print(length)'
    ]);
  });
});

describe('Code that reads the dictionary of names', () => {
  it.each(READS)('makes none: %s', source => {
    expect(missingNames(source, 'late')).toHaveLength(1);
  });

  it.each([
    'globals()["a"] = 1',
    'globals()["a"] += 1',
    'globals().update(a=1)',
    'exec("a = 1", globals())',
    'f = print\nf(globals())'
  ])('is not: %s', source => {
    expect(missingNames(source, 'late')).toEqual([]);
  });
});

describe('Names that have a value on every path', () => {
  it.each(CERTAIN.map(cells => [cells]))('give no problem: %j', cells => {
    expect(missingNames(...cells)).toEqual([]);
  });
});
