import { lintNotebook } from '../contract';
import type { ICell } from '../contract';
import { notebook } from './contract-notebooks';

const GOOD = [
  '%matplotlib inline\nrequirements = [["numpy", "1.26.4"]]',
  'import numpy as np\nfrom math import sqrt as root',
  'scale = {"ä😀": np.float64(2), **{}}\nfor name, value in scale.items():\n    print(f"{name!r}: {value:>{10}}")',
  'class Model:\n    """Doubles."""\n\n    def __call__(self, x, *, by=2):\n        return [root(y) * by for y in x if y >= 0]',
  'model = Model()\n\ndef predictor(x):\n    return model(x) if x else None\n\ndef validator(x): return isinstance(x, list)',
  'examples = [[1, 2.5], [], [-1e3]]'
];

function codes(...sources: string[]): string[] {
  return lintNotebook(notebook(...sources)).map(({ code }) => code);
}

describe('lintNotebook', () => {
  it('finds nothing in a good notebook', () => {
    expect(lintNotebook(notebook(...GOOD))).toEqual([]);
  });

  it('says what an empty notebook lacks, without a place', () => {
    const problems = lintNotebook({ cells: [] });
    expect(problems.map(({ code }) => code)).toEqual(['SLP101', 'SLP111']);
    for (const problem of problems) {
      expect(problem).not.toHaveProperty('cellIndex');
      expect(problem).not.toHaveProperty('range');
    }
  });

  it('gives cell and id of what it finds', () => {
    const cells: ICell[] = [
      { id: 'a', type: 'markdown', source: 'x = (' },
      { id: 'b', type: 'raw', source: 'x = (' },
      { id: 'c', type: 'code', source: 'x = (' }
    ];
    const problems = lintNotebook({ cells });
    expect(problems.filter(({ range }) => range)).toEqual([
      expect.objectContaining({ code: 'SLP201', cellId: 'c', cellIndex: 2 })
    ]);
  });

  it('orders problems by their place', () => {
    const found = lintNotebook(
      notebook('b\na', 'requirements = [["a b", "x"]]\nc', 'd = (')
    );
    expect(found.map(({ code }) => code)).toEqual([
      'SLP111',
      'SLP202',
      'SLP202',
      'SLP105',
      'SLP106',
      'SLP202',
      'SLP201'
    ]);
  });

  it('leaves out what is switched off', () => {
    const disabled = ['SLP101', 'SLP202'];
    const found = lintNotebook(notebook('x'), { disabled });
    expect(found.map(({ code }) => code)).toEqual(['SLP111']);
  });

  it.each(['R', 'julia', 'c++', 'javascript'])(
    'says of a notebook in %s only that it is not in Python',
    language => {
      const problems = lintNotebook({ ...notebook('x <- (1'), language });
      expect(problems).toEqual([
        expect.objectContaining({ code: 'SLP100', severity: 'error' })
      ]);
      expect(problems[0].message).toContain(` ${language},`);
    }
  );

  it.each([undefined, '', 'python', 'Python', 'ipython', 'python3'])(
    'takes a notebook in %j for Python',
    language => {
      const found = lintNotebook({ ...notebook(...GOOD), language });
      expect(found).toEqual([]);
    }
  );

  it('gives the same for the same notebook, whatever it saw before', () => {
    const source = notebook('x', 'x = (', ...GOOD);
    const first = lintNotebook(source);
    lintNotebook(notebook('other'));
    expect(lintNotebook(source)).toEqual(first);
    expect(lintNotebook(source)).toEqual(first);
  });

  it('places its findings within their cell, for every prefix of a cell', () => {
    const text = GOOD.join('\n\n');
    for (let end = 0; end <= text.length; end++) {
      for (const { range } of lintNotebook(notebook(text.slice(0, end)))) {
        const { from, to } = range ?? { from: 0, to: 0 };
        expect(0 <= from && from <= to && to <= end).toBe(true);
      }
    }
  });

  it.each([
    ['lists', '['.repeat(5000) + ']'.repeat(5000)],
    ['sums', `x = ${'1+'.repeat(20000)}1`],
    ['attributes', `x = a${'.b'.repeat(20000)}`],
    [
      'blocks',
      [...Array(99).keys()].map(n => ' '.repeat(n) + 'if 1:').join('\n')
    ],
    ['zeros', '\0\0\u2028\ufeff'],
    ['half a character', 'x = "\ud83d"'],
    ['f-strings', `x = ${'f"{'.repeat(500)}`],
    ['backslashes', '\\'.repeat(999)],
    ['a bare carriage return', 'x = 1\ry = 2\r'],
    ['magic without a name', '%\n%%\n!\n?\n??']
  ])('survives %s', (_, source) => {
    expect(codes(source)).toContain('SLP111');
  });

  it('reads the lines of a cell with the line ends of Windows', () => {
    const source = GOOD.map(cell => cell.replace(/\n/g, '\r\n'));
    expect(lintNotebook(notebook(...source))).toEqual([]);
  });
});
