import { cellGraph } from '../contract/analysis/graph';
import { NotebookAnalyser } from '../contract/analysis/notebook';
import { servingOf } from '../contract/analysis/serving';
import { notebook } from './contract-notebooks';

function analyse(...sources: string[]) {
  return new NotebookAnalyser().analyse(notebook(...sources));
}

/** Dependencies as text: `2 → 0: x, y`. */
function graph(...sources: string[]): string[] {
  return cellGraph(analyse(...sources)).dependencies.map(
    ({ from, to, names }) => `${from} → ${to}: ${names.join(', ')}`
  );
}

function reached(name: string, ...sources: string[]) {
  return cellGraph(analyse(...sources)).reached.get(name);
}

const MODEL = [
  'import pandas as pd\nfrom sklearn.cluster import KMeans',
  'data = pd.read_csv("a.csv")',
  'data.plot()',
  'model = KMeans(3).fit(data)',
  'def clean(x):\n  return [v or 0 for v in x]',
  'def predictor(x):\n  return model.predict([clean(x)])[0]',
  'def validator(x):\n  return len(x) == 2'
];

describe('The graph of cells', () => {
  it('leads from each use to the cell that defines the name', () => {
    expect(graph(...MODEL)).toEqual([
      '1 → 0: pd',
      '2 → 1: data',
      '3 → 0: KMeans',
      '3 → 1: data',
      '5 → 3: model',
      '5 → 4: clean'
    ]);
  });

  it('takes the definition above for what runs with the cell, the last one for bodies', () => {
    expect(
      graph('x = 1', 'print(x)', 'def f(): return x', 'x = 2', 'y = x')
    ).toEqual(['1 → 0: x', '2 → 3: x', '4 → 3: x']);
  });

  it('has no edge for a name that the cell defines itself', () => {
    expect(graph('x = 1', 'x = 2\nprint(x)')).toEqual([]);
  });

  it('counts all cells of the notebook, and only those of code', () => {
    const source = notebook('x = 1', 'x');
    const cells = [
      { id: 'm', type: 'markdown', source: 'x' } as const,
      ...source.cells
    ];
    const analysis = new NotebookAnalyser().analyse({ cells });
    expect(cellGraph(analysis).dependencies).toEqual([
      { from: 2, to: 1, names: ['x'] }
    ]);
  });

  it('tells which cells the functions of the contract need', () => {
    expect(reached('predictor', ...MODEL)).toEqual([0, 1, 3, 4, 5]);
    expect(reached('validator', ...MODEL)).toEqual([6]);
    expect(reached('batch_predictor', ...MODEL)).toBeUndefined();
  });

  it('ends where cells need each other', () => {
    expect(
      reached(
        'predictor',
        'def a(n): return b(n)',
        'def b(n): return a(n)',
        'def predictor(x): return a(x)'
      )
    ).toEqual([0, 1, 2]);
  });
});

function served(...sources: string[]) {
  const { code, globals } = servingOf(analyse(...sources));
  return {
    code: code.map(({ path }) => path.join(' → ')),
    globals: [...globals.keys()]
  };
}

describe('What a prediction runs', () => {
  it('is predictor and the functions it calls, not what made their globals', () => {
    const { code, globals } = served(...MODEL);
    expect(code).toEqual(['predictor', 'validator', 'predictor → clean']);
    expect(globals).toEqual(expect.arrayContaining(['model', 'clean', 'len']));
    expect(globals).not.toContain('data');
  });

  it.each([
    [['f = lambda x: x', 'predictor = f'], ['predictor → f']],
    [
      [
        'from functools import partial\ndef f(m, x): return m',
        'predictor = partial(f, 1)'
      ],
      ['predictor → f']
    ],
    [
      [
        'class Model:\n  def __call__(self, x): return x',
        'predictor = Model()'
      ],
      ['predictor → Model']
    ],
    [
      [
        'class Model:\n  def predict(self, x): return x',
        'model = Model()',
        'def predictor(x): return model.predict(x)'
      ],
      ['predictor', 'predictor → model → Model']
    ],
    [
      ['def log(f): return f', '@log\ndef predictor(x): return x'],
      ['predictor', 'predictor → log']
    ],
    [
      ['def scale(x): return x', 'def predictor(x, by=scale): return by(x)'],
      ['predictor', 'predictor → scale']
    ],
    [
      [
        'def make(m):\n  def inner(x): return m\n  return inner',
        'predictor = make(1)'
      ],
      ['predictor → make']
    ],
    [
      [
        'def train(): return 1',
        'model = train()',
        'def predictor(x): return model'
      ],
      ['predictor']
    ],
    [
      [
        'def predictor(x): return 1',
        'def other(x): return 2',
        'predictor = other'
      ],
      ['predictor → other']
    ],
    [['def predictor(x): return predictor'], ['predictor']]
  ])('follows what the value has in it: %j', (sources, paths) => {
    expect(served(...sources).code).toEqual(paths);
  });

  it('says where a global was made and where it is used', () => {
    const { globals } = servingOf(analyse(...MODEL));
    const model = globals.get('model');
    expect(model?.definition?.cell.index).toBe(3);
    expect(model?.use.cell.index).toBe(5);
    expect(model?.path).toEqual(['predictor', 'model']);
  });
});
