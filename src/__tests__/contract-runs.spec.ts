import { lintNotebook } from '../contract';
import type { ICell } from '../contract';

/** Codes about the last run of code cells, with the positions of the cells. */
function runs(...cells: Partial<ICell>[]): [string, number | undefined][] {
  const notebook = cells.map((cell, index): ICell => ({
    id: `${index}`,
    type: 'code',
    source: `x${index} = 1`,
    ...cell
  }));
  return lintNotebook({ cells: notebook })
    .filter(({ code }) => /^SLP20[789]$/.test(code))
    .map(({ code, cellIndex }) => [code, cellIndex]);
}

describe('The order of the last run', () => {
  it('may be that of the cells, with gaps', () => {
    expect(
      runs(
        { executionCount: 1 },
        { executionCount: null },
        {},
        { executionCount: 7 },
        { type: 'markdown', executionCount: 2 },
        { executionCount: 9 }
      )
    ).toEqual([]);
  });

  it('is told once where it differs', () => {
    expect(
      runs(
        { executionCount: 3 },
        { executionCount: 1 },
        { executionCount: 2 },
        { executionCount: 1 }
      )
    ).toEqual([['SLP207', 1]]);
  });
});

describe('A cell that was changed after its run', () => {
  it('is told', () => {
    expect(runs({ executionCount: 1, isEdited: true })).toEqual([
      ['SLP208', 0]
    ]);
  });

  it('is none if it never ran', () => {
    expect(runs({ isEdited: true })).toEqual([]);
  });
});

describe('A cell whose last run failed', () => {
  it('is told', () => {
    expect(runs({}, { executionCount: 1, hasFailed: true })).toEqual([
      ['SLP209', 1]
    ]);
  });

  it.each([
    ['sklearn', '[["scikit-learn", "1.5.2"]]', false],
    ['sklearn.linear_model', '[["scikit-learn", "1.5.2"]]', false],
    ['google', '[["google-cloud-storage", "2.18.2"]]', false],
    ['numpy', '[["NumPy", "2.1.0"]]', false],
    ['numpy', '[["pandas", "2.2.3"]]', true],
    ['numpy', '[]', true]
  ])('that did not find %s is told with %s: %s', (missing, list, isTold) => {
    expect(
      runs(
        { source: `requirements = ${list}` },
        {
          source: `import ${missing}`,
          executionCount: 1,
          hasFailed: true,
          missingModule: missing
        }
      )
    ).toEqual(isTold ? [['SLP209', 1]] : []);
  });

  it('is only a changed one once it is changed', () => {
    expect(
      runs({ executionCount: 1, hasFailed: true, isEdited: true })
    ).toEqual([['SLP208', 0]]);
  });
});
