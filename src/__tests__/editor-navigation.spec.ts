import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import type { IFix, IProblem } from '../contract';
import {
  chooseFix,
  fixesHere,
  goToNextProblem,
  isPlain
} from '../editor/navigation';
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
    getCursorPosition: () => ({ line: 0, column: 0 }),
    getCoordinateForPosition: () => null,
    setSelection: ({ start }: { start: { at: number } }) => {
      ({ at } = start);
    },
    revealSelection: jest.fn(),
    focus: () => undefined
  };
  const widgets = Array.from({ length: 4 }, (_, index) => ({
    model: {
      type: 'code',
      id: `cell-${index}`,
      sharedModel: { getSource: () => '' }
    },
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
    problem('SLP111'),
    problem('SLP201', 0, 5),
    problem('SLP202', 0, 9),
    problem('SLP302', 0, 9),
    problem('SLP203', 2, 0)
  ];

  it.each([
    [
      0,
      undefined,
      1,
      ['SLP201', 'SLP202', 'SLP302', 'SLP203', 'SLP101', 'SLP111', 'SLP201']
    ],
    [0, 5, 1, ['SLP202', 'SLP302', 'SLP203']],
    [1, 3, 1, ['SLP203', 'SLP101']],
    [3, undefined, 1, ['SLP101', 'SLP111']],
    [
      0,
      undefined,
      -1,
      ['SLP111', 'SLP101', 'SLP203', 'SLP302', 'SLP202', 'SLP201', 'SLP111']
    ],
    [2, 0, -1, ['SLP302', 'SLP202']],
    [2, 4, -1, ['SLP203', 'SLP302']]
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

  it('leads to problems of the whole notebook alone', async () => {
    const panel = notebookAt(2, 3);
    const lint = lintOf(problem('SLP101'), problem('SLP111'));
    for (const code of ['SLP101', 'SLP111', 'SLP101']) {
      expect((await goToNextProblem(panel, lint, 1))?.code).toBe(code);
      expect(panel.content.activeCellIndex).toBe(0);
    }
  });

  it('ends where there is no problem', async () => {
    expect(await goToNextProblem(notebookAt(0), lintOf(), 1)).toBeUndefined();
  });

  it('ends where there is no cell of code to show one at', async () => {
    const panel = notebookAt(0);
    panel.content.widgets.forEach(({ model }) =>
      Object.assign(model, { type: 'markdown' })
    );
    const lint = lintOf(problem('SLP101'));
    expect(await goToNextProblem(panel, lint, 1)).toBeUndefined();
  });
});

describe('The fixes at hand', () => {
  const lint = lintOf(
    problem('SLP101', undefined, 0, 'whole'),
    problem('SLP111'),
    problem('SLP201', 0, 5, 'first'),
    problem('SLP202', 0, 9, 'second', 'other'),
    problem('SLP204', 0, 20),
    problem('SLP205', 1, 0, 'lone'),
    problem('SLP203', 2, 0)
  );
  const at = (cellIndex: number, offset?: number) => {
    const hand = fixesHere(notebookAt(cellIndex, offset), lint);
    return {
      titles: hand.fixes.map(({ fix }) => fix.title),
      scope: hand.scope,
      without: hand.without?.code,
      isPlain: isPlain(hand)
    };
  };

  it('are those at the cursor', () => {
    const scope = 'cursor';
    expect(at(0, 6)).toMatchObject({ titles: ['first'], scope, isPlain: true });
    expect(at(0, 11)).toMatchObject({
      titles: ['second', 'other'],
      scope,
      isPlain: false
    });
  });

  it('else those of the cell', () => {
    const wanted = { titles: ['first', 'second', 'other'], scope: 'cell' };
    expect(at(0, 1)).toMatchObject(wanted);
    expect(at(0)).toMatchObject(wanted);
    expect(at(1)).toMatchObject({ titles: ['lone'], isPlain: true });
  });

  it('else those of the notebook, which are never taken unseen', () => {
    const wanted = { titles: ['whole'], scope: 'notebook', isPlain: false };
    expect(at(3)).toMatchObject(wanted);
    expect(at(2, 4)).toMatchObject(wanted);
  });

  it('say which problem has none', () => {
    expect(at(0, 21)).toMatchObject({ scope: 'cell', without: 'SLP204' });
    expect(at(2, 1)).toMatchObject({
      titles: ['whole'],
      scope: 'notebook',
      without: 'SLP203',
      isPlain: false
    });
    const hand = fixesHere(notebookAt(2, 1), lintOf(problem('SLP203', 2, 0)));
    expect(hand).toMatchObject({ fixes: [], without: { code: 'SLP203' } });
  });

  it('are those of the problem of the whole notebook that one was led to', async () => {
    const panel = notebookAt(3);
    await goToNextProblem(panel, lint, 1);
    const { scope, fixes } = fixesHere(panel, lint);
    expect(scope).toBe('cursor');
    expect(fixes.map(({ fix }) => fix.title)).toEqual(['whole']);
    await goToNextProblem(panel, lint, 1);
    expect(fixesHere(panel, lint)).toMatchObject({
      without: { code: 'SLP111' }
    });
  });
});

describe('The menu of fixes', () => {
  it('says what others it offers, and gives the focus back', () => {
    const editor = document.createElement('div');
    editor.tabIndex = 0;
    document.body.append(editor);
    editor.focus();
    const chosen: string[] = [];
    const panel = notebookAt(2, 1);
    (panel.content.activeCell as unknown as { node: HTMLElement }).node =
      editor;
    chooseFix(
      panel,
      fixesHere(
        panel,
        lintOf(
          problem('SLP101', undefined, 0, 'whole', 'other'),
          problem('SLP203', 2, 0)
        )
      ),
      (_, fix) => chosen.push(fix.title),
      nullTranslator.load('')
    );
    const menu = document.querySelector('.lm-Menu')!;
    const labels = [...menu.querySelectorAll('.lm-Menu-itemLabel')].map(
      ({ textContent }) => textContent
    );
    expect(labels).toEqual([
      'SLP203 has no fix. For the whole notebook:',
      'whole (SLP101)',
      'other (SLP101)'
    ]);
    for (const key of ['ArrowDown', 'Enter']) {
      const keyCode = key === 'Enter' ? 13 : 40;
      const event = new KeyboardEvent('keydown', {
        key,
        keyCode,
        bubbles: true
      });
      menu.dispatchEvent(event);
    }
    expect(chosen).toEqual(['other']);
    expect(document.activeElement).toBe(editor);
  });
});
