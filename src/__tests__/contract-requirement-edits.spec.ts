import { applyEdits } from '../contract';
import type { ICell, NotebookEdit } from '../contract';
import { NotebookAnalyser } from '../contract/analysis/notebook';
import type { INotebookAnalysis } from '../contract/analysis/notebook';
import {
  addRequirement,
  canAddRequirement,
  lastListOf,
  removeEntry
} from '../contract/fixes/requirements-list';
import {
  pinnedVersion,
  pinsOf,
  requirementsText
} from '../contract/fixes/requirements-text';
import { notebook } from './contract-notebooks';

/** The sources behind edits. */
function edited(
  sources: string[],
  edit: (analysis: INotebookAnalysis) => NotebookEdit[]
): string[] {
  const analysis = new NotebookAnalyser().analyse(notebook(...sources));
  return applyEdits(sources, edit(analysis)).map(({ source }) => source);
}

function pinsIn(sources: string[]): unknown {
  return new NotebookAnalyser().analyse(notebook(...sources)).requirements.pins;
}

const ONE = [['scipy', '1.9']] as const;
const TWO = [
  ['scipy', '1.9'],
  ['pandas', '2']
] as const;

describe('A requirement that is added', () => {
  it.each([
    ['[]', '[["scipy", "1.9"]]', '[["scipy", "1.9"], ["pandas", "2"]]'],
    ['[ ]', '[["scipy", "1.9"]]', '[["scipy", "1.9"], ["pandas", "2"]]'],
    ['()', '(["scipy", "1.9"],)', '(["scipy", "1.9"], ["pandas", "2"])'],
    [
      '[\n]',
      '[\n    ["scipy", "1.9"],\n]',
      '[\n    ["scipy", "1.9"],\n    ["pandas", "2"],\n]'
    ],
    [
      '[\r\n  # none\r\n]',
      '[\r\n  # none\r\n  ["scipy", "1.9"],\r\n]',
      '[\r\n  # none\r\n  ["scipy", "1.9"],\r\n  ["pandas", "2"],\r\n]'
    ],
    [
      '[["a", "1"]]',
      '[["a", "1"], ["scipy", "1.9"]]',
      '[["a", "1"], ["scipy", "1.9"], ["pandas", "2"]]'
    ],
    [
      "[('a', '1'),]  # one",
      "[('a', '1'), ('scipy', '1.9'),]  # one",
      "[('a', '1'), ('scipy', '1.9'), ('pandas', '2'),]  # one"
    ],
    [
      '["a", "1"], ["b", "1"]',
      '["a", "1"], ["b", "1"], ["scipy", "1.9"]',
      '["a", "1"], ["b", "1"], ["scipy", "1.9"], ["pandas", "2"]'
    ],
    [
      '["a", "1"],',
      '["a", "1"], ["scipy", "1.9"],',
      '["a", "1"], ["scipy", "1.9"], ["pandas", "2"],'
    ],
    [
      '[\n  ["a", "1"],  # it\n  # ["b", "2"],\n]',
      '[\n  ["a", "1"],  # it\n  ["scipy", "1.9"],\n  # ["b", "2"],\n]',
      '[\n  ["a", "1"],  # it\n  ["scipy", "1.9"],\n  ["pandas", "2"],\n  # ["b", "2"],\n]'
    ],
    [
      '[\n\t["a", "1"]  # it\n]',
      '[\n\t["a", "1"],  # it\n\t["scipy", "1.9"]\n]',
      '[\n\t["a", "1"],  # it\n\t["scipy", "1.9"],\n\t["pandas", "2"]\n]'
    ],
    [
      '[\n    ["a", "1"]\n]',
      '[\n    ["a", "1"],\n    ["scipy", "1.9"]\n]',
      '[\n    ["a", "1"],\n    ["scipy", "1.9"],\n    ["pandas", "2"]\n]'
    ],
    [
      '[["a", "1"],\n [ "b" , "1"]]',
      '[["a", "1"],\n [ "b" , "1"],\n ["scipy", "1.9"]]',
      '[["a", "1"],\n [ "b" , "1"],\n ["scipy", "1.9"],\n ["pandas", "2"]]'
    ],
    [
      '([\n    (["a", "1"])\n    ,\n])',
      '([\n    (["a", "1"]),\n    ["scipy", "1.9"]\n    ,\n])',
      '([\n    (["a", "1"]),\n    ["scipy", "1.9"],\n    ["pandas", "2"]\n    ,\n])'
    ]
  ])('keeps the layout of %j', (list, one, two) => {
    const source = `x = 1\nrequirements = ${list}\ny = 2`;
    const wanted = (text: string) => `x = 1\nrequirements = ${text}\ny = 2`;
    const added = edited([source], it => addRequirement(it, ONE));
    expect(added).toEqual([wanted(one)]);
    expect(pinsIn(added)).toContainEqual(['scipy', '==1.9']);
    const both = edited([source], it => addRequirement(it, TWO));
    expect(both).toEqual([wanted(two)]);
    expect(pinsIn(both)).toContainEqual(['pandas', '==2']);
  });

  it('goes into the last declaration', () => {
    const sources = ['requirements = []', 'requirements = []'];
    expect(edited(sources, it => addRequirement(it, ONE))).toEqual([
      'requirements = []',
      'requirements = [["scipy", "1.9"]]'
    ]);
  });

  it.each(['[["SciPy", "1"]]', '["scipy"]', '[["scipy[x]", "1"]]'])(
    'is left out where the package is there: %s',
    list => {
      const source = `requirements = ${list}`;
      expect(edited([source], it => addRequirement(it, ONE))).toEqual([source]);
    }
  );

  it.each([
    'requirements = make()',
    'requirements = [["a", "1"]] + more',
    'requirements = "a"',
    'requirements = [["a", "1"'
  ])('has no place in %j', source => {
    expect(edited([source], it => addRequirement(it, ONE))).toEqual([source]);
    const analysis = new NotebookAnalyser().analyse(notebook(source));
    expect(canAddRequirement(analysis)).toBe(false);
  });

  it('makes a cell where nothing is declared, before all code', () => {
    const cells: ICell[] = (['markdown', 'raw', 'code', 'code'] as const).map(
      (type, index) => ({ id: `${index}`, type, source: `x${index}` })
    );
    const analysis = new NotebookAnalyser().analyse({ cells });
    expect(addRequirement(analysis, ONE)).toEqual([
      {
        kind: 'insert',
        declares: 'requirements',
        cellIndex: 2,
        source: 'requirements = [["scipy", "1.9"]]'
      }
    ]);
    const empty = new NotebookAnalyser().analyse({ cells: cells.slice(0, 2) });
    expect(addRequirement(empty, ONE)).toMatchObject([{ cellIndex: 2 }]);
  });
});

describe('A requirement that is removed', () => {
  it.each([
    ['[["a", "1"]]', 0, '[]'],
    ['[["a", "1"],]', 0, '[]'],
    ['(["a", "1"],)', 0, '()'],
    ['["a", "1"],', 0, '[]'],
    ['[["a", "1"], ["b", "1"]]', 0, '[["b", "1"]]'],
    ['[["a", "1"], ["b", "1"]]', 1, '[["a", "1"]]'],
    ['[["a", "1"], ["b", "1"],]', 1, '[["a", "1"],]'],
    ['(["a", "1"], ["b", "1"])', 0, '(["b", "1"],)'],
    ['(["a", "1"], ["b", "1"])', 1, '(["a", "1"], )'],
    ['["a", "1"], ["b", "1"]', 1, '["a", "1"], '],
    ['[\n  ["a", "1"],  # it\n  ["b", "1"],\n]', 0, '[\n  ["b", "1"],\n]'],
    ['[\n  ["a", "1"],\n  ["b", "1"]  # it\n]', 1, '[\n  ["a", "1"],\n]'],
    ['[["a", "1"],\n ["b", "1"]]', 1, '[["a", "1"]]'],
    ['[["a", "1"],\n ["b", "1"]]', 0, '[["b", "1"]]'],
    ['[["a", "1"], # x\n ["b", "1"]]', 0, '[# x\n ["b", "1"]]'],
    ['[["a", "1"], # x\n ["b", "1"]]', 1, '[["a", "1"], # x\n ]'],
    ['[\n  ["a", "1"]\n  , ["b", "1"]\n]', 0, '[\n  ["b", "1"]\n]']
  ])('leaves the rest of %j', (list, index, wanted) => {
    const source = `requirements = ${list}`;
    const before = pinsIn([source]) as unknown[];
    const after = edited([source], analysis => {
      const found = lastListOf(analysis);
      return found ? removeEntry(found, index) : [];
    });
    expect(after).toEqual([`requirements = ${wanted}`]);
    expect(pinsIn(after)).toEqual(before.filter((_, at) => at !== index));
  });
});

describe('pinsOf', () => {
  it('takes the names and versions that were found, each package once', () => {
    const found = new Map([
      ['opencv-python', { name: 'opencv-contrib-python', version: '4.9' }],
      [
        'opencv-contrib-python',
        { name: 'OpenCV_contrib_python', version: '4' }
      ],
      ['torch', { name: 'torch', version: '2.1.0+cu118' }],
      ['odd', { name: 'odd', version: 'unknown' }]
    ]);
    const wanted = [...found.keys(), 'absent'].map(name => ({ name }));
    expect(pinsOf(wanted, found)).toEqual([
      ['opencv-contrib-python', '4.9'],
      ['torch', '2.1.0'],
      ['odd', '>=0'],
      ['absent', '>=0']
    ]);
  });

  it.each([
    ['1.0', '1.0'],
    ['1!2.0rc1+x', '1!2.0rc1'],
    ['>=1', undefined],
    ['', undefined]
  ])('pins %j to %j', (version, pinned) => {
    expect(pinnedVersion(version)).toBe(pinned);
  });
});

describe('requirementsText', () => {
  it('is one line while it is short', () => {
    expect(requirementsText([])).toBe('requirements = []');
    expect(requirementsText(TWO)).toBe(
      'requirements = [["scipy", "1.9"], ["pandas", "2"]]'
    );
    const four = ['a', 'b', 'c', 'd'].map(name => [name, '1'] as const);
    expect(requirementsText(four)).toBe(
      'requirements = [\n    ["a", "1"],\n    ["b", "1"],\n    ["c", "1"],\n    ["d", "1"],\n]'
    );
  });
});
