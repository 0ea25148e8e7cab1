import { problemsOf, textOf } from './contract-notebooks';
import { applyFix, fixOf } from './contract-fixing';

const define = 'def predictor(x): return x';

describe('A notebook that shows no sample', () => {
  it.each([
    [[define]],
    [[define, 'predictor(x)']],
    [[define, 'def f():\n    predictor([1])']],
    [[define, 'try:\n    predictor([1])\nexcept ValueError: pass']],
    [[define, 'predictor([1], 2)']],
    [[define, 'predictor(x=[1])']],
    [[define, 'predictor(b"1")']],
    [[define, 'model.predictor([1])']],
    [[define, 'def f():\n    examples = [[1]]']]
  ])('is told at its predictor: %j', sources => {
    const [problem, ...more] = problemsOf('SLP131', ...sources);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'hint', cellIndex: 0 });
    expect(textOf(problem, ...sources)).toBe('predictor');
  });

  it.each([
    ['examples = []', 'empty'],
    ['examples = ()', 'empty'],
    ['examples = "images"', 'no list'],
    ['examples = {"a": 1}', 'no list'],
    ['examples = [b"1"]', 'no form'],
    ['examples = [[{1}]]', 'no form'],
    ['examples = [1j]', 'no form'],
    ['examples = X[:3].tolist()', 'literal list'],
    ['examples = [X[0]]', 'literal list'],
    ['examples = [1]\nexamples += [2]', 'literal list']
  ])('is told at its examples: %j', (source, words) => {
    const [problem] = problemsOf('SLP131', define, source);
    expect(problem).toMatchObject({ cellIndex: 1 });
    expect(problem.message).toContain(words);
    expect(textOf(problem, define, source)).toBe('examples');
  });

  it.each([
    [[define, 'examples = [[1, 2.5], [3, -4]]']],
    [[define, 'examples = ({"age": 1}, None)']],
    [['examples = [1]', define]],
    [[define, 'predictor([1])']],
    [[define, 'print(predictor({"a": [1, True]}))']],
    [[define, 'assert predictor(-1) == 2']],
    [[define, 'for i in range(3):\n    predictor("text")']],
    [[define, 'examples = X[:3]\npredictor(1)']],
    [['x = 1']],
    [[define, 'examples = [[1, 2']]
  ])('is not told: %j', sources => {
    expect(problemsOf('SLP131', ...sources)).toEqual([]);
  });
});

describe('Examples that a fix declares', () => {
  it.each([
    ['print(model.predict([[1, 2], [3, 4]]))', '[[1, 2], [3, 4]]'],
    ['def validator(x): return len(x) == 2', '[[0.0, 0.0]]'],
    ['N = 3\ndef validator(x): return len(x) == N', '[[0.0, 0.0, 0.0]]'],
    ['X, y = load_iris(return_X_y=True)', '[[0.0, 0.0, 0.0, 0.0]]'],
    ['X, y = make_blobs(n_features=1)', '[[0.0]]']
  ])('have the shape that %j shows', (source, list) => {
    const sources = ['model = load_iris = make_blobs = print', define, source];
    const after = applyFix('SLP131', 'Declare examples as', sources);
    expect(after[2]).toBe(`examples = ${list}`);
  });

  it('have the keys that the predictor reads', () => {
    const source = 'def predictor(x): return x["age"] + x[\'height\']';
    expect(applyFix('SLP131', 'as', [source])[1]).toBe(
      'examples = [{"age": 0.0, "height": 0.0}]'
    );
  });

  it('are a template where no shape is known', () => {
    const fix = fixOf('SLP131', 'Declare examples', [define]);
    expect(fix.safe).toBe(false);
    expect(fix.edits(new Map())).toMatchObject([
      { kind: 'insert', cellIndex: 1 }
    ]);
  });

  it('fill the list that is there', () => {
    const sources = [
      define,
      'def validator(x): return len(x) == 1',
      'examples = []'
    ];
    expect(applyFix('SLP131', 'Write', sources)[2]).toBe('examples = [[0.0]]');
    expect(() =>
      fixOf('SLP131', '', [define, 'examples = "images"'])
    ).toThrow();
  });
});
