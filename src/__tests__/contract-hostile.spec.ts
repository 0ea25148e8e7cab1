/** Text that nobody means: the lint never throws, never hangs, and places what it says within the text. */

import { readFileSync } from 'fs';
import { join } from 'path';

import { lintNotebook, NotebookLinter } from '../contract';
import type { ICell, IProblem } from '../contract';
import { BAD, CERTAIN, GOOD, REASONS } from './contract-names-cases';
import { notebook } from './contract-notebooks';

const root = join(__dirname, '..', '..');

function exampleCells(name: string): string[] {
  const text = readFileSync(join(root, 'examples', name), 'utf8');
  const { cells } = JSON.parse(text) as {
    cells: { cell_type: string; source: string | string[] }[];
  };
  return cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(({ source }) => [source].flat().join(''));
}

/** Everything in one place: what scope, flow, magics and literals have to offer. */
const DENSE = [
  '%matplotlib inline\n!pip install "scikit-learn==1.5.2" numpy>=1\nimport numpy as np, os.path as p\nfrom . import (a as b,  # c\n  d)',
  'requirements = [["numpy", "1.26.4"],\n  ("scikit-learn[extra]", ">=1,<2"),  # why\n]\nexamples = [{"ä😀": [1.5, None, True]}, -1e3]',
  '@np.vectorize\nasync def f[T: int = str](x: "T", /, y=(z := 1), *a, k: list[T] = [], **q) -> T:\n\tglobal g\n\tg = await x\n\treturn f"{x!r:>{y}} {k=} {{}}" rf\'\\d{q}\'',
  'try:\n  with (open("/etc/x") as f, f as (g, [h, *i])): pass\nexcept* (E, F) as e: raise\nelse: del g, (h)\nfinally: x = [i async for i in y if (j := i)]',
  'match x:\n  case {"a": [1, *_], **r} if r: y = 1\n  case A.b(c=d) | "s" as t: 2\n  case _: globals()["q"] = lambda *, n=x: (yield)',
  'files = !ls $x {y}\nfiles?\n%time z: int = 1\n%%bash\npassword = "a1b2c3d4e5f6"\nAKIAABCDEFGHIJKLMNOP',
  'class M(Base, metaclass=type):\n  """Doc"""\n  lock = threading.Lock()\n  def __call__(self, x): return self.m.predict([x])[0]\npredictor = M()\ndef validator(x): return isinstance(x, list) and len(x) == 2'
];

/** Says that each problem has its place in the text, and its fixes edits in it. */
function expectPlaced(problems: IProblem[], sources: string[]): void {
  for (const { cellIndex, range, fixes } of problems) {
    const length = sources[cellIndex ?? 0]?.length ?? 0;
    if (range) {
      expect(range.from).toBeGreaterThanOrEqual(0);
      expect(range.to).toBeGreaterThanOrEqual(range.from);
      expect(range.to).toBeLessThanOrEqual(length);
    }
    for (const edit of (fixes ?? []).flatMap(fix => [
      ...fix.edits(new Map())
    ])) {
      if (edit.kind === 'replace') {
        expect(edit.range.from).toBeLessThanOrEqual(edit.range.to);
        expect(edit.range.to).toBeLessThanOrEqual(
          sources[edit.cellIndex].length
        );
      } else {
        expect(edit.cellIndex).toBeLessThanOrEqual(sources.length);
      }
    }
  }
}

describe('A half-typed cell', () => {
  const others = exampleCells('kmeans.ipynb');

  it.each([...DENSE, ...others])('is read at every character: %j', cell => {
    const linter = new NotebookLinter();
    for (let end = 0; end <= cell.length; end++) {
      const sources = [...others, cell.slice(0, end)];
      expectPlaced(linter.lint(notebook(...sources)), sources);
    }
  });

  it.each(DENSE)('is read from every character on: %j', cell => {
    for (let start = 0; start < cell.length; start++) {
      const sources = [cell.slice(start)];
      expectPlaced(lintNotebook(notebook(...sources)), sources);
    }
  });
});

/** Numbers between 0 and 1, always the same ones. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('A linter that has seen the notebook before', () => {
  const pieces = [
    ...DENSE,
    ...[...GOOD, ...CERTAIN].flat(),
    ...[...BAD, ...REASONS].flatMap(([cells]) => cells)
  ];

  it.each([1, 2, 3])('says what a new one says (%d)', seed => {
    const next = random(seed);
    const pick = <T>(items: ReadonlyArray<T>): T =>
      items[Math.floor(next() * items.length)];
    const linter = new NotebookLinter();
    const cells: ICell[] = [];
    for (let step = 0; step < 100; step++) {
      const at = Math.floor(next() * (cells.length + 1));
      const cell = cells[at];
      const choice = next();
      if (!cell || choice < 0.3) {
        cells.splice(at, 0, {
          id: `${step}`,
          type: 'code',
          source: pick(pieces)
        });
      } else if (choice < 0.5) {
        cells.splice(at, 1);
      } else if (choice < 0.65) {
        // The same text twice, or a cell that moves.
        cells.splice(at, Number(next() < 0.5));
        cells.unshift({ ...cell, id: `${step}` });
      } else {
        const place = Math.floor(next() * cell.source.length);
        const insert = pick(['x', ' ', '\n', '(', '"', '=', 'def ', '#', '😀']);
        cells[at] = {
          ...cell,
          source:
            cell.source.slice(0, place) +
            insert +
            cell.source.slice(place + Math.floor(next() * 3))
        };
      }
      const source = { cells: [...cells], siblings: ['helpers.py'] };
      const plain = (problems: IProblem[]) =>
        problems.map(({ fixes, ...rest }) => ({
          ...rest,
          fixes: fixes?.map(fix => [fix.title, fix.edits(new Map())])
        }));
      expect(plain(linter.lint(source))).toEqual(plain(lintNotebook(source)));
    }
  });
});

const N = 50_000;

/** Text that is long in one respect. */
const LONG: { [what: string]: string } = {
  spaces: ' '.repeat(N),
  tabs: `${'\t'.repeat(N)}x`,
  'spaces in a line': `x = 1${' '.repeat(N)}\ny`,
  'empty lines': '   \n'.repeat(N / 4),
  'comments further in': '  # a\n'.repeat(N / 6),
  'a name': 'a'.repeat(N),
  'a number': '1'.repeat(N),
  'a string': `x = "${'a'.repeat(N)}"`,
  quotes: '"'.repeat(N),
  'open fields': 'f"{'.repeat(N / 3),
  'open braces': '{'.repeat(N),
  calls: 'f('.repeat(N / 2),
  lambdas: 'lambda:'.repeat(N / 7),
  signs: `${'-'.repeat(N)}1`,
  stars: '*'.repeat(N),
  'question marks': '?'.repeat(N),
  decorators: '@a\n'.repeat(N / 3),
  'statements on one line': 'a;'.repeat(N / 2),
  'joined lines': '\\\n'.repeat(N / 2),
  branches: `if a: b = 1\n${'elif a: b = 1\n'.repeat(N / 14)}`,
  handlers: 'try:\n  a = 1\nexcept E as e:\n  b = 2\n'.repeat(N / 34),
  imports: `from a import (\n${'b as c,\n'.repeat(N / 8)})`,
  'undefined names': [...Array(N / 10).keys()]
    .map(index => `x${index} = y${index}`)
    .join('\n'),
  requirements: `requirements = [${'["numpy", "1.0"], '.repeat(N / 18)}]`,
  'lists of requirements': 'requirements = []\n'.repeat(N / 18),
  predictors: 'def predictor(x): return x\n'.repeat(N / 27),
  installations: '!pip install numpy==1\n'.repeat(N / 22),
  'an installation': `!pip install ${'numpy==1.0 '.repeat(N / 11)}`,
  'files read': `def predictor(x):\n${'  open("a.csv")\n'.repeat(N / 16)}`,
  'something like a key': `password = "${'a1B2'.repeat(N / 4)}"`,
  'calls with values': 'f(x=1, *a)\n'.repeat(N / 11),
  'an annotation': `x: "${'a.'.repeat(N / 2)}" = 1`,
  'a dotted case': `case ${'a.'.repeat(N / 2)}`,
  'dotted keys': `match x:\n case {${'a.b.c: 1, '.repeat(N / 10)}}: 1`,
  cases: `match x:\n${'  case 1: y = 1\n'.repeat(N / 16)}`,
  'a field of spaces': `f"{${' '.repeat(N)}yield`,
  'open fields in single quotes': "f'{\n".repeat(N / 4),
  walruses: `f"{${':='.repeat(N / 2)}}"`,
  dots: '.'.repeat(2 * N - 4000),
  'closed brackets': ') '.repeat(N),
  'NUL characters': '\0'.repeat(N),
  'lone surrogates': '\ud800'.repeat(N),
  'parameters of lambdas': 'lambda x,'.repeat(N / 9),
  'a specifier': `requirements = [["a", "${'>1,'.repeat(N / 4)}>2"]]`,
  'five million characters': 'x = "some data"\n'.repeat(320_000)
};

describe('A very long cell', () => {
  // The limit of each is jest's own for a test: what takes the square of its length does not keep it.
  it.each(Object.entries(LONG))('is read: %s', (_, source) => {
    const sources = [source, 'def predictor(x): return x'];
    expectPlaced(lintNotebook(notebook(...sources)), sources);
  });

  it('says so where it is not', () => {
    const source = `data = """${'1,2,3\n'.repeat(20_000)}"""`;
    const problems = lintNotebook(notebook(source, 'print(data)'));
    expect(problems.map(({ code }) => code)).toContain('SLP210');
    expect(problems.map(({ code }) => code)).not.toContain('SLP202');
  });
});

it('reads ten thousand cells', () => {
  const sources = [...Array(10_000).keys()].map(
    index => `x_${index} = x_${index - 1}`
  );
  const problems = lintNotebook(notebook(...sources));
  const missing = problems.filter(({ code }) => code === 'SLP202');
  expect(missing.map(({ cellIndex }) => cellIndex)).toEqual([0]);
});

it('follows seven thousand names of one function', () => {
  const sources = [...Array(7_000).keys()].map(
    index => `a${index + 1} = a${index}`
  );
  const problems = lintNotebook(
    notebook('def a0(x, y): pass', ...sources, 'predictor = a7000')
  );
  expect(problems.filter(({ code }) => code === 'SLP112')).toHaveLength(1);
});

it('finds thousands of names that later cells define', () => {
  const numbers = [...Array(6_000).keys()];
  const problems = lintNotebook(
    notebook(
      ...numbers.map(index => `print(z_${index})`),
      ...numbers.map(index => `z_${index} = 1`)
    )
  );
  const later = problems.filter(({ code }) => code === 'SLP204');
  expect(later).toHaveLength(6_000);
  expect(later[7].message).toContain('cell 6008');
});

describe('Characters beyond the first 65,536', () => {
  it('count two, as in the editor', () => {
    const source = '"😀😀"; ä = "😀"; 𝒳 = 1; lost # 😀';
    const [problem] = lintNotebook(notebook(source)).filter(
      ({ code }) => code === 'SLP202'
    );
    expect(source.slice(problem.range?.from, problem.range?.to)).toBe('lost');
  });
});

describe('Cells that are not Python', () => {
  it.each(['raw', 'markdown'] as const)('are not read: %s', type => {
    const cells: ICell[] = [{ id: 'a', type, source: 'x = (' }];
    const codes = lintNotebook({ cells }).map(({ code }) => code);
    expect(codes.filter(code => code.startsWith('SLP2'))).toEqual([]);
  });

  it.each([
    '%%bash\nfor f in *; do echo "$f"; done',
    '%%html\n<b>(</b>',
    '%%writefile a.py\nx = (',
    '%%latex\n\\frac{',
    '%%javascript\nlet x = {',
    '%%R\nx <- c(1'
  ])('have no syntax error: %j', source => {
    const codes = lintNotebook(notebook(source)).map(({ code }) => code);
    expect(codes).not.toContain('SLP201');
  });

  it.each([
    'print "a"',
    'print x, y',
    'exec "x = 1"',
    'raise ValueError, "a"',
    'if 1 <> 2: pass',
    'x = `1`',
    'x = 0777',
    'if a:\n\tx = 1\n        y = 2'
  ])('have one where they are Python 2, or mix tabs: %j', source => {
    const codes = lintNotebook(notebook(source)).map(({ code }) => code);
    expect(codes).toContain('SLP201');
  });
});
