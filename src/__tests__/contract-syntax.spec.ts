import { parseCell } from '../contract/python/parse';
import { missingNames, problemsOf, textOf } from './contract-notebooks';
import { VALID_CELLS } from './contract-valid-cells';

describe('Valid Python', () => {
  it.each(VALID_CELLS)('has no syntax error: %j', source => {
    expect(problemsOf('SLP201', source)).toEqual([]);
  });

  it.each(VALID_CELLS)('has none with the line ends of Windows: %j', source => {
    const windows = source.replace(/\n/g, '\r\n');
    expect(problemsOf('SLP201', windows)).toEqual([]);
  });
});

describe('What IPython takes', () => {
  it.each([
    '%matplotlib inline',
    'x = 1\n%matplotlib inline\ny = 2',
    'if x:\n    %matplotlib inline\nelse:\n    !ls',
    '!ls -l | grep "it\'s"',
    '!pip install \\\n  numpy (unclosed',
    'files = !ls *.py',
    'a, b = %magic x [',
    '%time x = f(1)',
    '%timeit -n 10 -r 3 f(x)',
    '%prun -s cumulative -l 5 f(x)',
    '%time',
    '%%time\nx = 1',
    '%%time\n  x = 1\n  y = 2',
    'if x:\n    !ls\n    y\nelse:\n\t%cd\n\tz',
    '%%capture out\nprint(1)',
    '%%bash\nfor f in *; do echo $f; done',
    '%%html\n<b>&amp;</b>',
    '%%writefile a.py\nprint "x',
    '\n%%bash\necho (',
    'len?',
    'df.head??',
    '?len',
    'np.*load*?',
    '%%time?',
    '!!ls',
    ',f a b',
    ';f a b',
    '/f a b',
    '>>> x = 1\n>>> print(x)',
    'In [1]: x = 1',
    '    x = 1\n    y = 2',
    '  # comment\n  x = 1',
    '  x = 1\n\n  if x:\n    y = """\n  z"""\n',
    '  x = 1 \\\n    + 2\n  y = x',
    '\t%%time\n\tx = 1',
    '%%timeit y = 2\nx = y',
    '\frequirements = []\n \fx = 1',
    '  # comment\nx = 1',
    'await something()',
    'async with a as b:\n    pass'
  ])('is no syntax error: %j', source => {
    expect(problemsOf('SLP201', source)).toEqual([]);
  });

  it.each([
    'x = (a\n  % b)',
    'x = """\n%matplotlib\n!ls\n"""',
    'x = [\n  1,\n]  # really?',
    'x = a \\\n  % b',
    'x = "why?"',
    "x = {'a': 1}['a']  # ?"
  ])('is told from Python that looks like it: %j', source => {
    const { tree, error } = parseCell(source);
    expect(error).toBeUndefined();
    expect(tree.toString()).toContain('AssignStatement');
  });

  it('keeps the places of what stands around it', () => {
    const source = '%cd "a b"\n!ls\nx = !ls\nif :\n  pass';
    const [problem] = problemsOf('SLP201', source);
    expect(problem.range).toEqual({ from: 25, to: 26 });
  });
});

describe('Indentation that only some versions of IPython take', () => {
  it.each([
    ['%%time\n x\ny', 'x'],
    ['%%capture\n  x = 1\ny = 2', 'x = 1'],
    ['  x = 1\nprint(x)', 'x = 1'],
    ['  # comment\n  x = 1\nprint(x)', 'x = 1'],
    [' %%time\nx = 1\nx', '%%time'],
    [' def f():\n    return 1\n\nf()', 'def f():']
  ])('is a warning: %j', (source, text) => {
    const [problem, ...more] = problemsOf('SLP201', source);
    expect(more).toEqual([]);
    expect(problem.severity).toBe('warning');
    expect(textOf(problem, source)).toBe(text);
  });

  it('hides no names', () => {
    const cells = ['  x = 1\nprint(x)', 'print(lost)'];
    expect(missingNames(...cells)).toMatchObject([{ cellIndex: 1 }]);
  });
});

describe('A syntax error', () => {
  it.each([
    ['x = (1, 2', '(', 'This `(` is never closed'],
    ['x = [1,\ny = 2', '[', 'This `[` is never closed'],
    ['x = 1)', ')', 'This `)` closes nothing'],
    ['x = (1]', ']', 'This `]` closes nothing'],
    ["x = 'abc", "'abc", "begins with `'abc` never ends"],
    ['x = """abc', '"""abc', 'never ends'],
    ['if x\n  y', '\n', 'ends too early'],
    ['print "x"', 'print "x"', '`print` is a function'],
    ['def f(:\n  pass', '(', 'This `(` is never closed'],
    ['x = = 1', '=', 'not valid Python at `=`'],
    ['this is no python', 'python', 'not valid Python at `python`'],
    ['for x in y\n  z', undefined, 'not valid Python'],
    ['def f():\nreturn 1', 'return', 'Indent it'],
    ['x =', '=', 'not valid Python'],
    ['class', 'class', 'not valid Python'],
    ['return 1', 'return', '`return` stands outside of a function'],
    ['class A:\n  yield 1', 'yield', '`yield` stands outside of a function'],
    ['# comment\n  x = 1', 'x', 'is indented'],
    ['x = 1\n  y = 2', 'y', 'is indented'],
    ['x = 1\n  !ls', '!ls', 'is indented'],
    ['if x:\n    y\n  z', 'z', 'fits no block'],
    ['if x:\n\ty\n    z', 'z', 'fits no block'],
    ['def f():\n  # later\n\nx = 1', 'x', 'write `pass`'],
    ['if x: pass\n  y', 'y', 'is indented'],
    ['break', 'break', '`break` stands outside of a loop'],
    [
      'for x in y:\n  def f():\n    continue',
      'continue',
      '`continue` stands outside of a loop'
    ]
  ])('in %j is at %j', (source, text, message) => {
    const [problem, ...more] = problemsOf('SLP201', source);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'error', cellIndex: 0 });
    expect(problem.message).toContain(message);
    if (text !== undefined) {
      expect(textOf(problem, source)).toBe(text);
    }
  });

  it('is shown once a cell', () => {
    const cells = ['x = = 1\ny = = 2', 'x = 1', 'z = = 3'];
    expect(
      problemsOf('SLP201', ...cells).map(({ cellIndex }) => cellIndex)
    ).toEqual([0, 2]);
  });

  it('counts in UTF-16 units', () => {
    const source = 'x = "😀😀"\ny = = 1';
    const [problem] = problemsOf('SLP201', source);
    expect(textOf(problem, source)).toBe('=');
    expect(problem.range?.from).toBe(source.indexOf('= 1'));
  });
});
