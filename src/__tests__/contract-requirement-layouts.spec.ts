/** Fixes of a list, whatever stands between its entries and commas; and several fixes at once. */

import { applyEdits, combineFixes, lintNotebook } from '../contract';
import { NotebookAnalyser } from '../contract/analysis/notebook';
import { applyFix, codesOf, fixOf, found } from './contract-fixing';
import { notebook } from './contract-notebooks';

const GAPS = ['', ' ', '\n    ', ' # c\n    ', '\n    # c\n    '];

/** Lists of three entries, the first two of one package. */
const LISTS = GAPS.flatMap(before =>
  GAPS.flatMap(behind =>
    GAPS.flatMap(around =>
      ['', `${before},`].map(
        last =>
          `requirements = [${around}["a", "1"]${before},${behind}["A", "2"]${before},${behind}["b", "1"]${last}${around}]`
      )
    )
  )
);

function pinsIn(source: string) {
  return new NotebookAnalyser().analyse(notebook(source)).requirements.pins;
}

describe('An entry that is removed', () => {
  it.each(['Keep ["a", "1"]', 'Keep ["A", "2"]'])(
    'takes one comma along, in all layouts: %s',
    title => {
      for (const source of LISTS) {
        const [after] = applyFix('SLP107', title, [source]);
        expect([source, after, codesOf(after).includes('SLP201')]).toEqual([
          source,
          after,
          false
        ]);
        expect(pinsIn(after)).toEqual([
          title.includes('"1"') ? ['a', '==1'] : ['A', '==2'],
          ['b', '==1']
        ]);
        // Comments are their author's.
        expect(after.split('#').length).toBeGreaterThanOrEqual(
          Math.min(2, source.split('#').length)
        );
      }
    }
  );

  it('can have its comma on the next line', () => {
    const source =
      'requirements = [\n    ["a", "1"]\n    ,\n    ["a", "1"]\n    ,\n]';
    const [after] = applyFix('SLP107', 'Remove the second', [source]);
    expect(pinsIn(after)).toEqual([['a', '==1']]);
  });
});

describe('Fixes that are safe', () => {
  it('make one cell of requirements together', () => {
    const cells = ['!pip install numpy==1.0', 'import pandas\npandas.f()'];
    const fixes = lintNotebook(notebook(...cells))
      .flatMap(problem => problem.fixes ?? [])
      .filter(({ safe }) => safe);
    const edits = combineFixes(fixes, found({ pandas: '2.0' }));
    const made = applyEdits(cells, edits).filter(({ source }) =>
      source.startsWith('requirements')
    );
    expect(made).toHaveLength(1);
  });

  it.each([
    ['SLP105', 'Write numpy', '[["numpy ", ">=2,<1"]]', false],
    ['SLP105', 'Write numpy', '[["numpy ", ">=1,<2"]]', true],
    ['SLP105', 'Write a', '[[" a", "1"], ("a", "==3")]', false],
    ['SLP104', 'Write', '["a==1", ["A", "1"]]', false],
    ['SLP104', 'Write', '["a==1", ["b", "1"]]', true],
    ['SLP104', 'as a list', '"a==1 b==2"', true],
    ['SLP104', 'as a list', '"a==1 A==2"', false]
  ])('uncover no other error: %s, %s in %s', (code, title, list, isSafe) => {
    expect(fixOf(code, title, [`requirements = ${list}`]).safe).toBe(isSafe);
  });
});
