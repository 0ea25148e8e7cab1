import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IFix, IProblem } from '../contract';
import { fixesHere, goToNextProblem } from '../editor/navigation';
import type { NotebookLint } from '../editor/notebookLint';

function problem(
  code: string,
  cellIndex?: number,
  from = 0,
  ...fixes: string[]
): IProblem {
  return {
    code,
    severity: 'error',
    message: code,
    ...(cellIndex !== undefined && {
      cellIndex,
      cellId: `cell-${cellIndex}`,
      range: { from, to: from + 2 }
    }),
    fixes: fixes.map((title): IFix => ({ title, safe: true, edits: () => [] }))
  };
}

function lintOf(...problems: IProblem[]): NotebookLint {
  return { refresh: () => problems } as unknown as NotebookLint;
}

/** A notebook with the cursor in a cell, which remembers where it was led. */
function notebookAt(cellIndex: number, offset?: number) {
  let at = offset ?? 0;
  const editor = {
    getSelection: () => ({ start: { at } }),
    getOffsetAt: (position: { at: number }) => position.at,
    getPositionAt: (offset: number) => ({ at: offset }),
    setSelection: ({ start }: { start: { at: number } }) => {
      ({ at } = start);
    },
    focus: () => undefined
  };
  const widgets = Array.from({ length: 4 }, (_, index) => ({
    model: { id: `cell-${index}`, sharedModel: { getSource: () => '' } },
    ready: Promise.resolve(),
    editor
  }));
  const content = {
    widgets,
    mode: offset === undefined ? 'command' : 'edit',
    activeCellIndex: cellIndex,
    get activeCell() {
      return widgets[this.activeCellIndex];
    },
    deselectAll: () => undefined,
    scrollToItem: async () => undefined
  };
  return { content } as unknown as NotebookPanel;
}

describe('The way from problem to problem', () => {
  const all = [
    problem('SLP101'),
    problem('SLP201', 0, 5),
    problem('SLP202', 0, 9),
    problem('SLP203', 2, 0)
  ];

  it.each([
    [0, undefined, 1, ['SLP201', 'SLP202', 'SLP203', 'SLP201']],
    [0, 5, 1, ['SLP202', 'SLP203']],
    [1, 3, 1, ['SLP203', 'SLP201']],
    [3, undefined, 1, ['SLP201']],
    [0, undefined, -1, ['SLP203', 'SLP202', 'SLP201', 'SLP203']],
    [2, 0, -1, ['SLP202']],
    [2, 4, -1, ['SLP203', 'SLP202']]
  ] as const)(
    'from cell %i, offset %s, in direction %i passes %j',
    async (cellIndex, offset, direction, codes) => {
      const panel = notebookAt(cellIndex, offset);
      for (const code of codes) {
        const found = await goToNextProblem(panel, lintOf(...all), direction);
        expect(found?.code).toBe(code);
      }
    }
  );

  it('ends where there is no problem in a cell', async () => {
    const panel = notebookAt(0);
    const lint = lintOf(problem('SLP101'));
    expect(await goToNextProblem(panel, lint, 1)).toBeUndefined();
  });
});

describe('The fixes at hand', () => {
  const lint = lintOf(
    problem('SLP101', undefined, 0, 'whole'),
    problem('SLP201', 0, 5, 'first'),
    problem('SLP202', 0, 9, 'second', 'other'),
    problem('SLP203', 2, 0)
  );
  const titles = (cellIndex: number, offset?: number) =>
    fixesHere(notebookAt(cellIndex, offset), lint).map(({ fix }) => fix.title);

  it('are those at the cursor', () => {
    expect(titles(0, 6)).toEqual(['first']);
    expect(titles(0, 11)).toEqual(['second', 'other']);
  });

  it('else those of the cell', () => {
    expect(titles(0, 1)).toEqual(['first', 'second', 'other']);
    expect(titles(0)).toEqual(['first', 'second', 'other']);
  });

  it('else those of the notebook', () => {
    expect(titles(2, 1)).toEqual(['whole']);
    expect(titles(1)).toEqual(['whole']);
  });
});
