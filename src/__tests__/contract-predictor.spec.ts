import { problemsOf, textOf } from './contract-notebooks';
import { applyFix, fixOf } from './contract-fixing';

describe('A name of the contract that is no plain function', () => {
  it.each([
    ['async def predictor(x): return x', '`async`'],
    ['def predictor(x):\n    yield x', '`yield`'],
    ['def predictor(x):\n    y = yield x\n    return y', '`yield`'],
    ['predictor = lambda x: (yield x)', '`yield`'],
    ['class predictor:\n    def __init__(self, x): pass', 'a class'],
    ['class P: pass\npredictor = P', 'a class'],
    ['predictor = 5', 'a number'],
    ['predictor = -5', 'a number'],
    ['predictor = "age"', 'text'],
    ['predictor = f"{x}"', 'text'],
    ['predictor = ["age"]', 'a list'],
    ['predictor = {}', 'a dict'],
    ['predictor = None', '`None`'],
    ['predictor = [x for x in y]', 'a list'],
    ['async def f(x): return x\npredictor = f', '`async`'],
    ['def predictor(x): return x\npredictor = 5', 'a number']
  ])('is told: %j', (source, words) => {
    const [problem, ...more] = problemsOf('SLP114', source);
    expect(more).toEqual([]);
    expect(problem.severity).toBe('error');
    expect(problem.message).toContain(words);
    expect(textOf(problem, source)).toBe('predictor');
    const other = source.replace(/predictor/g, 'validator');
    expect(problemsOf('SLP123', other)).toHaveLength(1);
    // One fact is one problem.
    expect(problemsOf('SLP113', source)).toEqual([]);
  });

  it.each([
    'def predictor(x): return x',
    'predictor = lambda x: x',
    'predictor = model.predict',
    'predictor = make()',
    'predictor = table["x"]',
    'def predictor(x):\n    def parts():\n        yield x\n    return list(parts())',
    'def predictor(x):\n    f = lambda: (yield)\n    return f',
    'def predictor(x):\n    async def f(): pass\n    return run(f())',
    '@synchronous\nasync def predictor(x): return x',
    '@instance\nclass predictor:\n    def __call__(self, x): return x',
    'class predictor(Base): pass',
    'class predictor:\n    def __new__(cls, x): return x',
    'class P:\n    def __call__(self, x): return x\npredictor = P()',
    'predictor = None\ndef predictor(x): return x',
    'predictor = None\nif x:\n    def predictor(x): return x',
    'if x:\n    predictor = None',
    'from model import predictor',
    'predictor = predictor',
    'predictor ='
  ])('may be anything else: %j', source => {
    expect(problemsOf('SLP114', source)).toEqual([]);
    const other = source.replace(/predictor/g, 'validator');
    expect(problemsOf('SLP123', other)).toEqual([]);
  });
});

describe('A name of the contract that is defined again', () => {
  const define = 'def predictor(x): return x';

  it.each([
    [[define, define], [0]],
    [[define, 'x = 1', 'predictor = lambda x: x'], [0]],
    [
      [define, define, define],
      [0, 1]
    ],
    [[`${define}\n${define}`], [0]],
    [[define, 'predictor([1])', define], [0]],
    [['from model import predictor', define], [0]],
    [['class predictor: pass', define], [0]]
  ])('is told where it does not count: %j', (sources, cells) => {
    const problems = problemsOf('SLP113', ...sources);
    expect(problems.map(({ cellIndex }) => cellIndex)).toEqual(cells);
    expect(problems[0]).toMatchObject({ severity: 'warning' });
    const others = sources.map(text => text.replace(/predictor/g, 'validator'));
    expect(problemsOf('SLP122', ...others)).toHaveLength(cells.length);
  });

  it('names the place of the next one', () => {
    expect(problemsOf('SLP113', define, define)[0].message).toContain(
      'in cell 2'
    );
    const [problem] = problemsOf('SLP113', `${define}\n${define}`);
    expect(problem.message).toContain('further down in this cell');
    expect(problem.range).toEqual({ from: 4, to: 13 });
  });

  it.each([
    [[define]],
    [[define, 'predictor = cached(predictor)']],
    [[define, 'predictor = functools.partial(predictor)']],
    [[define, 'plain = predictor', define]],
    [[define, '@register(predictor)\ndef predictor(x): return x']],
    [[define, 'del predictor', define]],
    [
      [
        'if a:\n    def predictor(x): return 1\nelse:\n    def predictor(x): return 2'
      ]
    ],
    [
      [
        'try:\n    from fast import predictor\nexcept ImportError:\n    def predictor(x): return x'
      ]
    ],
    [[define, 'if slow:\n    def predictor(x): return 1']],
    [['predictor = None', define]],
    [['predictor = "age"', define]],
    [['for predictor in predictors: print(predictor)', define]],
    [['for m in models:\n    def predictor(x): return m(x)', define]],
    [[define, 'def f():\n    global predictor\n    predictor = load()']],
    [[define, '%%bash\npredictor', 'x = = predictor']]
  ])('is not told where both count, or who knows: %j', sources => {
    expect(problemsOf('SLP113', ...sources)).toEqual([]);
    const others = sources.map(text => text.replace(/predictor/g, 'validator'));
    expect(problemsOf('SLP122', ...others)).toEqual([]);
  });
});

describe('What another name stood for', () => {
  const define = 'def f(x): return 1';

  it.each([
    [[define, 'predictor = f', 'f = None']],
    [[define, 'predictor = f', 'def f(a, b): return 1']],
    [['f = lambda x: x\npredictor = (f)\nf = "path"']],
    [[define, 'def g(a, b): pass\nif __debug__: predictor = f', 'f = g']],
    [[define, 'predictor = f\nfrom tools import *', 'f = 5']],
    [['predictor = 5', 'exec("def predictor(x): return x")']],
    [['predictor = 5\n%run predictor.py']],
    [['def predictor(x): return x\nif False:\n  def predictor(a, b): pass']],
    [
      [
        'import sys\nif sys.argv:\n  def predictor(x): return x\nelse:\n  def predictor(a, b): return x'
      ]
    ],
    [
      [
        'try:\n  import a\n  def predictor(x): return x\nexcept ImportError:\n  def predictor(a, b): return x'
      ]
    ]
  ])('is what counts: %j', sources => {
    for (const code of ['SLP112', 'SLP114']) {
      expect(problemsOf(code, ...sources)).toEqual([]);
    }
  });

  it.each([
    ['SLP112', ['def f(a, b): return 1', 'predictor = f', define]],
    ['SLP112', ['def f(a, b): return 1\npredictor = f\nf = 5']],
    ['SLP112', ['predictor = (lambda a, b: 1)']],
    ['SLP114', ['f = 5', 'predictor = f', define]],
    ['SLP114', ['exec("")', 'predictor = 5']],
    ['SLP112', ['if False: pass\nelse:\n  def predictor(a, b): pass']]
  ])('is what is wrong: %s in %j', (code, sources) => {
    expect(problemsOf(code, ...sources)).toHaveLength(1);
  });
});

describe('A predictor that is gone', () => {
  it.each([
    [['def predictor(x): return 1', 'del predictor'], 1, 'predictor'],
    [['def predictor(x): return 1\n%xdel predictor'], 0, 'predictor'],
    [['def predictor(x): return 1', '%reset -f'], 1, '%reset -f']
  ])('is missing: %j', (sources, cellIndex, text) => {
    const [problem, ...more] = problemsOf('SLP111', ...sources);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ cellIndex, severity: 'error' });
    expect(problem.message).toContain('deleted');
    expect(textOf(problem, ...sources)).toBe(text);
  });

  it('is missing where its code never runs', () => {
    const source = 'if False:\n  def predictor(x): return 1';
    expect(problemsOf('SLP111', source)).toHaveLength(1);
  });
});

describe('A function of the contract that is hidden', () => {
  it.each([
    ['def make():\n    def predictor(x): return x', 'inside of `make`'],
    ['def make():\n    predictor = lambda x: x', 'inside of `make`'],
    ['class A:\n    def predictor(self, x): return x', 'of the class `A`'],
    ['def f():\n    if x:\n        def predictor(x): return x', '`f`']
  ])('is told once: %j', (source, words) => {
    const [problem, ...more] = problemsOf('SLP115', source);
    expect(more).toEqual([]);
    expect(problem.message).toContain(words);
    expect(textOf(problem, source)).toBe('predictor');
    expect(problemsOf('SLP111', source)).toEqual([]);
  });

  it.each([
    'def predictor(x): return x\ndef f():\n    def predictor(x): return x',
    'if x:\n    def predictor(x): return x',
    'def f():\n    predictor = 5',
    'from model import *\ndef f():\n    def predictor(x): return x',
    'def f():\n    global predictor\n    def predictor(x): return x'
  ])('is not hidden: %j', source => {
    expect(problemsOf('SLP115', source)).toEqual([]);
  });

  it('is found where its cell stands now', () => {
    const source = 'def f():\n    def predictor(x): return x';
    expect(problemsOf('SLP115', 'x = 1', source)).toMatchObject([
      { cellIndex: 1 }
    ]);
  });

  it.each([
    ['def make():\n    def validator(x): return True', 1],
    ['def make():\n    def validator(x): return True\n    return validator', 0],
    ['class A:\n    def validator(self, x): return True', 0],
    ['def f():\n    @check\n    def validator(x): return True', 0],
    ['x = 1', 0]
  ])('may be a validator of something else: %j', (source, count) => {
    expect(problemsOf('SLP124', source)).toHaveLength(count);
  });
});

describe('A predictor that a fix adds', () => {
  const hints = ['SLP131', 'SLP109', 'SLP202', 'SLP312'];

  it.each([
    [
      'from sklearn.cluster import KMeans\nkmodel = KMeans(7).fit(data)',
      'kmodel',
      'return kmodel.predict([x])[0]'
    ],
    [
      'import sklearn.svm as svm\na = svm.SVC()\na.fit(X, y)\nb = svm.SVR()',
      'a',
      'return a.predict([x])[0]'
    ],
    [
      'from sklearn.preprocessing import StandardScaler\nfrom sklearn.linear_model import Ridge\nm = Ridge()\nm.fit(X, y)\ns = StandardScaler().fit(X)',
      'm',
      'return m.predict([x])[0]'
    ],
    [
      'from xgboost import XGBClassifier\nclf = XGBClassifier()',
      'clf',
      'return clf.predict([x])[0]'
    ],
    [
      'import statsmodels.api as sm\nresult = sm.OLS(y, X).fit()',
      'result',
      'return result.predict([x])[0]'
    ],
    [
      'import joblib\nmodel = joblib.load("m.pkl")',
      'model',
      'return model.predict([x])[0]'
    ],
    [
      'import numpy as np\nfrom tensorflow import keras\nnet = keras.Sequential([])\nnet.fit(X, y)',
      'net',
      'return net.predict(np.array([x]), verbose=0)[0]'
    ],
    [
      'import torch\nfrom torch import nn\nclass Net(nn.Module): pass\nnet = Net()',
      'net',
      'return net(torch.tensor([x], dtype=torch.float32))[0].tolist()'
    ]
  ])('fits %j', (source, name, line) => {
    const sources = ['requirements = []', `data = X = y = 1\n${source}`];
    const after = applyFix('SLP111', `asks ${name}`, sources, new Map(), hints);
    expect(after[2]).toContain('def predictor(x):\n');
    expect(after[2]).toContain(line);
    expect(after).toHaveLength(3);
    const both = applyFix(
      'SLP111',
      'and a validator',
      sources,
      new Map(),
      hints
    );
    expect(both[2]).toContain('def validator(x):\n    return isinstance(');
  });

  it('checks the number of features where the model knows it', () => {
    const source =
      'from sklearn.svm import SVC\nclf = SVC()\nclf.fit([[1]], [1])';
    const after = applyFix(
      'SLP111',
      'and a validator',
      ['requirements = []', source],
      new Map(),
      hints
    );
    expect(after[2]).toContain('len(x) == clf.n_features_in_');
  });

  it('comes without a validator where there is one', () => {
    const source =
      'from sklearn.svm import SVC\nclf = SVC().fit([[1]], [1])\ndef validator(x): return True';
    const [{ fixes = [] }] = problemsOf('SLP111', 'requirements = []', source);
    expect(fixes.map(({ title }) => title)).toEqual([
      'Add a predictor that asks clf'
    ]);
  });

  it('may be a function that is there', () => {
    const sources = ['def predict(x):\n    return x'];
    const after = applyFix('SLP111', 'Use predict', sources, new Map(), hints);
    expect(after[1]).toBe('predictor = predict');
    expect(() =>
      fixOf('SLP111', 'Use', ['def predict(x, y):\n    return x'])
    ).toThrow();
  });

  it('is offered where there is a hidden one, too', () => {
    const sources = ['def f():\n    def predictor(x):\n        return x'];
    const after = applyFix('SLP115', 'Add a pred', sources, new Map(), hints);
    expect(after).toHaveLength(2);
  });

  it('is an outline where nothing is known', () => {
    const sources = ['from sklearn.datasets import load_iris\nX = load_iris()'];
    const after = applyFix('SLP111', 'Add a pred', sources, new Map(), hints);
    expect(after[1]).toContain('raise NotImplementedError');
  });
});
