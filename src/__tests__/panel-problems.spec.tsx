import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import type { ICell, IFix, IProblem, Severity } from '../contract';
import type {
  IDeployment,
  IProblem as IBuildProblem,
  IRelease
} from '../deployments/wire';
import type { NotebookLint } from '../editor/notebookLint';
import { BuildFindings } from '../panel/buildFindings';
import { countSeverities, groupProblems } from '../panel/problemGroups';
import { GROUP_LIMIT, LIST_LIMIT, ProblemList } from '../panel/ProblemList';
import { ProblemTools, Verdict } from '../panel/ProblemSummary';

const trans = nullTranslator.load('jupyterlab_slipway');

function cellsOf(...sources: string[]): ICell[] {
  return sources.map((source, index) => ({
    id: `cell-${index}`,
    type: 'code',
    source
  }));
}

function problem(
  code: string,
  cellIndex?: number,
  from?: number,
  rest: Partial<IProblem> = {}
): IProblem {
  return {
    code,
    severity: 'error',
    message: `What ${code} says of \`name\`.`,
    ...(cellIndex !== undefined && { cellIndex, cellId: `cell-${cellIndex}` }),
    ...(from !== undefined && { range: { from, to: from + 1 } }),
    ...rest
  };
}

describe('groupProblems', () => {
  const cells = cellsOf('\n\nx = 1\ny = 2', 'z = 3');

  it('groups by cell, the whole notebook first, in the order of lines', () => {
    const groups = groupProblems(
      [
        problem('SLP101'),
        problem('SLP204', 1, 0),
        problem('SLP202', 0, 8),
        problem('SLP203', 0, 2)
      ],
      [],
      cells
    );
    expect(
      groups.map(({ cellIndex, firstLine, problems }) => [
        cellIndex,
        firstLine,
        problems.map(({ problem: { code }, line }) => [code, line])
      ])
    ).toEqual([
      [undefined, '', [['SLP101', undefined]]],
      [
        0,
        'x = 1',
        [
          ['SLP203', 3],
          ['SLP202', 4]
        ]
      ],
      [1, 'z = 3', [['SLP204', 1]]]
    ]);
  });

  it('adds what the build found, unless the lint says the same of the cell', () => {
    const build = (code: string, cellIndex: number) => ({
      problem: problem(code, cellIndex),
      line: 1,
      isOfBuild: true
    });
    const [group] = groupProblems(
      [problem('SLP202', 1, 0)],
      [build('SLP202', 1), build('SLP520', 1)],
      cells
    );
    expect(
      group.problems.map(({ problem: { code }, isOfBuild }) => [
        code,
        isOfBuild
      ])
    ).toEqual([
      ['SLP202', false],
      ['SLP520', true]
    ]);
  });

  it('takes the reason why a name has no value for the same fact', () => {
    const build = { problem: problem('SLP202', 1), isOfBuild: true };
    const [group] = groupProblems([problem('SLP204', 1, 0)], [build], cells);
    expect(group.problems.map(({ problem: { code } }) => code)).toEqual([
      'SLP204'
    ]);
  });
});

describe('BuildFindings', () => {
  const found: IBuildProblem = {
    code: 'SLP520',
    severity: 'error',
    message: 'Cell 2 raised `KeyError`.',
    cell: { index: 2, id: 'cell-1', line: 2, source: '  data["price"]' }
  };
  const built = ['a = 1', 'data = {}\n  data["price"]'];

  function release(number: number, problems: IBuildProblem[]): IRelease {
    const [first, ...warnings] = problems;
    return {
      release: number,
      state: 'failed',
      engine: 'process',
      created: number,
      phases: [],
      ...(first && { problem: first }),
      warnings,
      seq: 1
    };
  }

  function deployment(...releases: IRelease[]): IDeployment {
    const name = 'a';
    return {
      name,
      title: name,
      notebook: 'a.ipynb',
      engine: 'process',
      releases
    };
  }

  function setUp(sources = built) {
    const lint = { source: { cells: cellsOf(...sources) } };
    const findings = new BuildFindings();
    return {
      edit: (...sources: string[]) => {
        lint.source = { cells: cellsOf(...sources) };
      },
      /** Puts the cells into another order; they keep their ids. */
      order: (...positions: number[]) => {
        const { cells } = lint.source;
        lint.source = { cells: positions.map(position => cells[position]) };
      },
      of: (...deployments: IDeployment[]) =>
        findings.of(lint as unknown as NotebookLint, deployments)
    };
  }

  it('lists what the newest release found, at its line', () => {
    const { of } = setUp();
    expect(of(deployment(release(1, [found])))).toEqual([
      {
        problem: {
          code: 'SLP520',
          severity: 'error',
          message: found.message,
          cellIndex: 1,
          cellId: 'cell-1',
          range: { from: 10, to: 25 }
        },
        line: 2,
        isOfBuild: true
      }
    ]);
    expect(of(deployment(release(2, []), release(1, [found])))).toEqual([]);
    expect(of()).toEqual([]);
  });

  it('drops it where the cell was changed since, or is gone', () => {
    const { of, edit } = setUp();
    const failed = deployment(release(1, [found]));
    expect(of(failed)).toHaveLength(1);
    edit(built[0], `${built[1]}\nmore = 1`);
    expect(of(failed)).toEqual([]);
    edit(built[0]);
    expect(of(failed)).toEqual([]);
    edit('new = 0', built[1]);
    expect(of(failed)).toHaveLength(1);
  });

  it('goes with its cell, and names cells by where they stand now', () => {
    const { of, order } = setUp(['# first', ...built, 'b = 2']);
    const message = 'Cell 3, line 2, raised it; see cell 4 and cell 99.';
    const place = { ...found.cell!, index: 3, id: 'cell-2' };
    const failed = deployment(release(1, [{ ...found, message, cell: place }]));
    expect(of(failed)).toMatchObject([{ problem: { cellIndex: 2, message } }]);
    order(3, 2, 0, 1);
    expect(of(failed)).toMatchObject([
      {
        problem: {
          cellIndex: 1,
          message: 'Cell 2, line 2, raised it; see cell 1 and cell 99.'
        }
      }
    ]);
  });

  it('drops it where a cell that it needs was changed, or has come to stand above', () => {
    const sources = [
      'requirements = []',
      'print(f(score))',
      'def f(x): return x + more',
      'score = 3',
      'more = 4',
      'other = 5'
    ];
    const missing: IBuildProblem = {
      code: 'SLP204',
      severity: 'error',
      message: 'Cell 2 uses `score`.',
      cell: { index: 2, id: 'cell-1', line: 1, source: sources[1] }
    };
    const failed = deployment(release(1, [missing]));
    const after = (change: (notebook: ReturnType<typeof setUp>) => void) => {
      const made = setUp(sources);
      expect(made.of(failed)).toHaveLength(1);
      change(made);
      return made.of(failed).length;
    };
    const [list, use, define, score, more] = sources;
    expect(after(({ edit }) => edit(list, use, define, score, more, '1'))).toBe(
      1
    );
    expect(after(({ order }) => order(0, 1, 2, 4, 3, 5))).toBe(1);
    expect(after(({ order }) => order(0, 3, 1, 2, 4, 5))).toBe(0);
    expect(after(({ order }) => order(0, 2, 1, 3, 4, 5))).toBe(0);
    expect(
      after(({ edit }) =>
        edit('requirements = [["six", "1"]]', ...sources.slice(1))
      )
    ).toBe(0);
  });

  it('drops it where what a function needs was changed', () => {
    const sources = ['more = 4', 'def f(x): return x + more', 'f("1")'];
    const raised = { ...found, cell: { index: 3, id: 'cell-2' } };
    const failed = deployment(release(1, [raised]));
    const { of, edit } = setUp(sources);
    expect(of(failed)).toHaveLength(1);
    edit('more = "4"', ...sources.slice(1));
    expect(of(failed)).toEqual([]);
  });

  it('drops it where the notebook that is opened is not what was built', () => {
    const { of, edit } = setUp();
    edit(built[0], 'data = {}\ndata["prices"]');
    expect(of(deployment(release(1, [found])))).toEqual([]);
  });

  it('leaves out what has no cell', () => {
    const { of } = setUp();
    const other = { ...found, cell: undefined };
    expect(of(deployment(release(1, [other])))).toEqual([]);
  });
});

describe('ProblemList', () => {
  const actions = () => ({
    goTo: jest.fn(),
    explain: jest.fn(),
    fix: jest.fn(),
    disable: jest.fn()
  });

  function show(problems: IProblem[], sources: string[], isBusy = false) {
    const done = actions();
    render(
      <ProblemList
        groups={groupProblems(problems, [], cellsOf(...sources))}
        actions={done}
        isBusy={isBusy}
        trans={trans}
      />
    );
    return done;
  }

  it('says severity, sentence, place and rule, each in words', () => {
    const done = show([problem('SLP202', 0, 0)], ['x = 1']);
    const group = screen.getByRole('group', { name: 'Cell 1' });
    const row = within(group).getByRole('listitem');
    expect(within(row).getByRole('img').getAttribute('aria-label')).toBe(
      'Error'
    );
    expect(row.textContent).toContain('What SLP202 says of name.');
    expect(row.textContent).toContain('line 1');
    fireEvent.click(within(row).getByRole('button', { name: /What SLP202/ }));
    expect(done.goTo.mock.calls[0][0].code).toBe('SLP202');
    fireEvent.click(within(row).getByRole('button', { name: 'SLP202' }));
    expect(done.explain).toHaveBeenCalledWith('SLP202');
    fireEvent.click(within(row).getByRole('button', { name: 'Switch off' }));
    expect(done.disable).toHaveBeenCalledWith('SLP202');
  });

  it('offers each fix, but none while one is under way', () => {
    const title = 'Write it';
    const fix: IFix = { title, safe: true, edits: () => [] };
    const broken = problem('SLP202', 0, 0, { fixes: [fix] });
    const done = show([broken], ['x']);
    fireEvent.click(screen.getByRole('button', { name: title }));
    expect(done.fix).toHaveBeenCalledWith(broken, fix);
  });

  it('disables fixes while one is under way', () => {
    const title = 'Write it';
    const fix: IFix = { title, safe: true, edits: () => [] };
    show([problem('SLP202', 0, 0, { fixes: [fix] })], ['x'], true);
    expect(
      screen.getByRole<HTMLButtonElement>('button', { name: title }).disabled
    ).toBe(true);
  });

  it('collapses and opens a cell', () => {
    show([problem('SLP202', 0, 0)], ['x = 1']);
    const head = screen.getByRole('button', { name: /Cell 1/ });
    expect(head.getAttribute('aria-expanded')).toBe('true');
    fireEvent.click(head);
    expect(screen.queryByRole('listitem')).toBeNull();
    fireEvent.click(head);
    expect(screen.getByRole('listitem')).toBeTruthy();
  });

  it('draws few of very many problems, and more when asked', () => {
    const sources = Array.from({ length: 400 }, () => 'x');
    const many = [
      ...Array.from({ length: 600 }, () => problem('SLP202', 0, 0)),
      ...sources.slice(1).map((_, index) => problem('SLP202', index + 1, 0))
    ];
    show(many, sources);
    expect(screen.getAllByRole('group')).toHaveLength(LIST_LIMIT);
    fireEvent.click(screen.getByRole('button', { name: '360 more cells' }));
    expect(screen.getAllByRole('group')).toHaveLength(2 * LIST_LIMIT);
    const first = screen.getByRole('group', { name: 'Cell 1' });
    const rows = () => first.querySelectorAll('[data-code]').length;
    expect(rows()).toBe(GROUP_LIMIT);
    fireEvent.click(within(first).getByText(/more problems/));
    expect(rows()).toBe(600);
  });
});

describe('The state of a notebook', () => {
  const counts = (...severities: Severity[]) =>
    countSeverities(severities.map(severity => ({ severity })));

  it('is told in words, politely', () => {
    render(<Verdict counts={counts('error', 'error', 'hint')} trans={trans} />);
    const status = screen.getByRole('status');
    expect(status.getAttribute('aria-label')).toBe('2 errors, 1 hint');
    expect(status.textContent).toBe('21');
  });

  it('is ready where no error stops it', () => {
    render(<Verdict counts={counts('warning')} trans={trans} />);
    expect(screen.getByRole('status').textContent).toBe('ready to deploy1');
  });

  it('shows how a fix went, and takes it back', () => {
    const takeBack = jest.fn(() => true);
    const openSettings = jest.fn();
    const lint = {} as NotebookLint;
    const show = (state: 'asking' | 'done') => (
      <ProblemTools
        counts={counts('hint')}
        hasSafe={true}
        isHintsShown={true}
        showHints={() => undefined}
        fixAll={() => undefined}
        report={{
          lint,
          state,
          message: 'Done: it.',
          note: 'Set `X`.',
          takeBack
        }}
        disabled={['SLP110', 'SLP131']}
        openSettings={openSettings}
        trans={trans}
      />
    );
    const { rerender } = render(show('asking'));
    const all = screen.getByRole<HTMLButtonElement>('button', {
      name: 'Fix all'
    });
    expect(all.disabled).toBe(true);
    rerender(show('done'));
    expect(all.disabled).toBe(false);
    expect(screen.getByText('X').parentElement?.textContent).toContain(
      'Done: it. Set X. '
    );
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    expect(takeBack).toHaveBeenCalledTimes(1);
    fireEvent.click(screen.getByText('2 rules are switched off'));
    expect(openSettings).toHaveBeenCalledTimes(1);
  });
});
