import { BAD, CERTAIN, GOOD, READS, REASONS } from './contract-names-cases';
import { missingNames, textOf } from './contract-notebooks';
import { pyflakesNames } from './pyflakes';

const CASES = [
  ...GOOD,
  ...BAD.map(([cells]) => cells),
  ...REASONS.map(([cells]) => cells),
  ...READS.map(source => [source, 'late']),
  ...CERTAIN
];

/** Notebooks, by their cells as JSON, where the two differ, and why. */
function reasons(table: {
  [reason: string]: string[][];
}): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(table).flatMap(([reason, cases]) =>
      cases.map(cells => [JSON.stringify(cells), reason] as const)
    )
  );
}

const ONLY_PYFLAKES = reasons({
  'a generator runs when it is asked, later': [
    ['g = (late(x) for x in [1])', 'def late(x): return x']
  ],
  'from its second round on, a loop has what its first one made': [
    ['for i in range(3):\n  if i: print(prev)\n  prev = i']
  ],
  'every exception is handled, that of a missing name too': [
    ['try:\n  x\nexcept:\n  pass'],
    ['import a\ntry:\n  late\nexcept Exception:\n  if a:\n    raise'],
    ['from contextlib import suppress\nwith suppress(NameError): x']
  ],
  'it may have been made in a way that no source shows': [
    ['exec("x = 1")\nx'],
    ['globals()["x"] = 1\nx'],
    ['globals().update(a=1)', 'def f(): return a', 'a'],
    ['%run other.py\nx'],
    ['%pylab inline\nplot([1])'],
    ['get_ipython().run_line_magic("run", "a.py")\nx'],
    ['%%cython\ndef f(): pass', 'f()'],
    ['import builtins\nbuiltins.x = 1\nx'],
    ['import __main__\nsetattr(__main__, "x", 1)\nx'],
    ['import sys\nsys.modules["__main__"].x = 1\nx'],
    ['e = exec\ne("x = 1")\nx'],
    ['g = globals\ng()["x"] = 1\nx'],
    ['eval("(x := 1)")\nx']
  ],
  'a cell magic makes it': [
    ['%%capture out\n1', 'out.show()'],
    ['%%bash --out text\nls', 'text']
  ],
  'what a magic times sees the names that its first line makes': [
    ['%%timeit y = 2\nx = y'],
    ['%%timeit q = 1\nq', 'q']
  ],
  'the code never runs': [
    ['if True:\n  x = 1\nelse:\n  y\nx'],
    ['raise ValueError\nx']
  ],
  'under a name of Python itself, that comes to light again': [
    ['list = 1\ndel list\nlist'],
    ['list = 1', 'def predictor(x): return list(x)', 'del list']
  ],
  'an annotation is looked up when its function is made, or never': [
    ['x = int', 'def predictor(y: x) -> x:\n  z: x = 1\n  return z', 'del x']
  ],
  'a function that is called only before the deletion works': [
    ['x = 1\ndel x', 'def f(): return x']
  ]
});

const ONLY_SLIPWAY = reasons({
  'a comprehension does not see the names of the class around it': [
    ['class A:\n  x = 1\n  y = [x for _ in [1]]', 'x = 1']
  ],
  'what a magic times has names of its own': [
    ['%%timeit\nq = 1', 'q'],
    ['%timeit q = 1', 'q']
  ],
  'a magic takes it away': [
    ['x = 1', '%xdel x', 'x'],
    ['x = 1', '%reset -f', 'x'],
    ['x = 1\n%reset -f\nx'],
    ['x = y = 1', '%reset_selective -f ^x', 'x, y']
  ],
  'what defines it never runs': [
    ['for i in []: pass\ni'],
    ['if False: x = 1\nx'],
    ['if True: pass\nelse: x = 1\nx']
  ],
  'pyflakes does not follow branches': REASONS.filter(
    ([, code]) => code === 'SLP206'
  ).map(([cells]) => cells)
});

/** Syntax that the Python of the tests may be too old for, or that is wrong on purpose. */
const NOT_READ = /\[[TU](?:: int)?\]|x = \(1/;

describe('Names that pyflakes finds undefined', () => {
  const theirs = pyflakesNames(CASES);
  const cases = CASES.map((cells, index) => ({
    text: JSON.stringify(cells),
    cells,
    found: theirs[index]
  }));

  it.each(cases)('are those of the lint: $text', ({ text, cells, found }) => {
    if (!found) {
      expect(text).toMatch(NOT_READ);
      return;
    }
    const own = missingNames(...cells).map(
      problem =>
        `${problem.cellIndex} ${textOf(problem, ...cells)?.normalize('NFKC')}`
    );
    const wanted = found.map(([cell, name]) => `${cell} ${name}`);
    const onlyTheirs = wanted.filter(name => !own.includes(name));
    const onlyOurs = own.filter(name => !wanted.includes(name));
    const some = [expect.any(String)];
    expect(onlyTheirs.slice(0, 1)).toEqual(ONLY_PYFLAKES.has(text) ? some : []);
    expect(onlyOurs.slice(0, 1)).toEqual(ONLY_SLIPWAY.has(text) ? some : []);
  });
});
