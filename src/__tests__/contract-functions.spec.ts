import { problemsOf, textOf } from './contract-notebooks';

describe('A predictor that takes one sample', () => {
  it.each([
    'def predictor(x): return x',
    'def predictor(x, y=1): return x',
    'def predictor(x=1, y=2): return x',
    'def predictor(*samples): return samples',
    'def predictor(x, *rest, **options): return x',
    'def predictor(x, /, *, scale=1): return x',
    'def predictor(x: int, y: "str" = "") -> int: return x',
    'async def predictor(x): return x',
    'predictor = lambda x: x',
    'predictor = lambda x, /, y=1: x',
    'predictor = lambda *x: x',
    'predictor: object = lambda x: x',
    'def f(x): return x\npredictor = f',
    'def predictor(  # the one\n  x,  # sample\n): return x',
    // A later definition replaces an earlier one.
    'def predictor(x, y): return x\ndef predictor(x): return x',
    'def predictor(x, y): return x\npredictor = make()',
    // Only the run can tell.
    'predictor = model.predict',
    'predictor = partial(f, 1)',
    '@wraps\ndef predictor(x, y): return x',
    'class predictor:\n  def __init__(self): pass',
    'from model import predictor',
    'predictor = predictor'
  ])('is accepted: %j', source => {
    expect(problemsOf('SLP112', source)).toEqual([]);
    expect(problemsOf('SLP111', source)).toEqual([]);
  });
});

describe('A predictor that does not', () => {
  it.each([
    ['def predictor(): return 1', '()', 'takes no positional argument'],
    ['def predictor(*, x): return 1', '(*, x)', 'takes no positional'],
    ['def predictor(**x): return 1', '(**x)', 'takes no positional'],
    ['def predictor(x, y): return 1', '(x, y)', 'needs 2 arguments. Give `y`'],
    ['def predictor(x, y, /): return 1', '(x, y, /)', 'needs 2 arguments'],
    ['def predictor(a, b, c): return 1', '(a, b, c)', 'Give `b`, `c` a'],
    ['def predictor(x, *, y): return 1', '(x, *, y)', 'needs `y` by keyword'],
    ['def predictor(*a, y): return 1', '(*a, y)', 'needs `y` by keyword'],
    ['predictor = lambda: 1', undefined, 'takes no positional'],
    ['predictor = lambda x, y: 1', 'x, y', 'needs 2 arguments'],
    ['def f(x, y): return 1\npredictor = f', '(x, y)', 'needs 2 arguments']
  ])('is refused: %j', (source, text, message) => {
    const [problem, ...more] = problemsOf('SLP112', source);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'error', cellIndex: 0 });
    expect(problem.message).toContain(message);
    if (text) {
      expect(textOf(problem, source)).toBe(text);
    }
  });

  it('is found in the cell of its last definition', () => {
    const cells = ['def predictor(x): return x', 'def predictor(): return 1'];
    expect(problemsOf('SLP112', ...cells)).toMatchObject([{ cellIndex: 1 }]);
  });
});

describe('A notebook without predictor', () => {
  it.each([
    ['', 1],
    ['predict = 1', 1],
    ['def f():\n  predictor = 1', 1],
    ['# predictor = 1', 1],
    ['x.predictor = 1', 1],
    ['%%bash\npredictor = 1', 1],
    ['if x:\n  def predictor(y): pass', 0],
    ['def f():\n  global predictor\n  predictor = 1', 0],
    ['from model import *', 0],
    ['%run model.py', 0]
  ])('%j has %d such problem', (source, count) => {
    expect(problemsOf('SLP111', source)).toHaveLength(count);
  });
});

describe('A validator', () => {
  it.each([
    ['def validator(x): return True', 0],
    ['x = 1', 0],
    ['def validator(): return True', 1],
    ['def validator(x, y): return True', 1]
  ])('%j has %d problems of its own', (source, count) => {
    expect(problemsOf('SLP121', source)).toHaveLength(count);
  });
});
