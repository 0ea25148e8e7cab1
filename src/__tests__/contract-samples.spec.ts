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

/** One sample of nothing but zeros. */
const zeros = (count: number) =>
  `[[${Array<string>(count).fill('0.0').join(', ')}]]`;

describe('Examples that a fix declares', () => {
  it.each([
    ['print(model.predict([[1, 2], [3, 4]]))', '[[1, 2], [3, 4]]'],
    ['def validator(x): return len(x) == 2', '[[0.0, 0.0]]'],
    ['N = 3\ndef validator(x): return len(x) == N', '[[0.0, 0.0, 0.0]]'],
    ['X, y = load_iris(return_X_y=True)\nmodel.fit(X, y)', zeros(4)],
    ['X, y = make_blobs(n_features=1)\nmodel.fit(X)', zeros(1)],
    ['X, y = make_blobs(100, 3)\nmodel.fit(X)', zeros(3)],
    [
      'iris = load_iris(as_frame=True)\nX = iris["data"].to_numpy()\na, b, c, d = train_test_split(X, iris.target)\nmodel.fit(a, c)',
      zeros(4)
    ],
    [
      'scaler = StandardScaler()\nX = scaler.fit_transform(load_wine().data)\nmodel = LinearRegression().fit(X, y)',
      zeros(13)
    ],
    [
      'data = load_diabetes(as_frame=True); X = data.data[["bmi", "bp"]]; model.fit(X, data.target)',
      zeros(2)
    ],
    ['COLS = ["a", "b", "c"]\nmodel.fit(df[COLS], df.target)', zeros(3)],
    [
      'print(model.predict(pd.DataFrame([[0.1, 0.2]], columns=["bmi", "bp"])))\nX = load_diabetes().data\nmodel.fit(X)',
      '[[0.1, 0.2]]'
    ],
    ['model.predict(np.array([[1, 2]]))', '[[1, 2]]']
  ])('have the shape that %j shows', (source, list) => {
    const names =
      'model = load_iris = load_wine = load_diabetes = make_blobs = train_test_split = StandardScaler = LinearRegression = pd = np = df = y = print';
    const sources = [names, define, source];
    const after = applyFix('SLP131', 'Declare examples as', sources);
    expect(after[2]).toBe(`examples = ${list}`);
  });

  it('have the keys that the predictor reads', () => {
    const source = 'def predictor(x): return x["age"] + x[\'height\']';
    expect(applyFix('SLP131', 'as', [source])[1]).toBe(
      'examples = [{"age": 0.0, "height": 0.0}]'
    );
  });

  it.each([
    ['X = load_iris().data[:, :2]\nmodel.fit(X)'],
    ['X = load_diabetes().data'],
    ['X = PCA(2).fit_transform(load_iris().data)\nmodel.fit(X)'],
    ['pca = PCA(2)\npca.fit(load_iris().data)\nmodel.fit(pca.transform(X))'],
    ['X = load_iris().data\nX = X.drop(columns="a")\nmodel.fit(X)'],
    ['X = load_iris().data\nX.drop(columns="a", inplace=True)\nmodel.fit(X)'],
    ['X = load_iris().data\nX["more"] = 1\nmodel.fit(X)'],
    ['model.fit(load_iris().data)\nother.fit(load_wine().data)'],
    ['model.fit(df.drop("target", axis=1))'],
    ['hasher(n_features=8)']
  ])('are a template rather than of the wrong size: %j', source => {
    const names =
      'load_iris = load_wine = load_diabetes = PCA = model = other = df = hasher = print';
    const fix = fixOf('SLP131', '', [define, names, source]);
    expect(fix.title).toBe('Declare examples');
  });

  it('have the columns that the predictor names', () => {
    const source =
      'COLS = ["age", "bmi", "bp"]\ndef predictor(x):\n    return model.predict(pd.DataFrame([x], columns=COLS))[0]';
    expect(applyFix('SLP131', 'as', ['model = pd = print', source])[2]).toBe(
      `examples = ${zeros(3)}`
    );
  });

  it('are what the function was called with that is the predictor', () => {
    const sources = [
      'def predict(x):\n    return sum(x)',
      'print(predict([30, 100.0, 4]))',
      'predictor = predict'
    ];
    expect(applyFix('SLP131', 'as', sources)[3]).toBe(
      'examples = [[30, 100.0, 4]]'
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
