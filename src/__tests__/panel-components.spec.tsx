import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import type { IRelease } from '../deployments/wire';
import { AnsiText } from '../panel/AnsiText';
import { PhaseList } from '../panel/PhaseList';
import { ProblemCard } from '../panel/ProblemCard';
import { duration } from '../panel/words';

const trans = nullTranslator.load('jupyterlab_slipway');

function building(overrides: Partial<IRelease> = {}): IRelease {
  return {
    release: 1,
    state: 'building',
    engine: 'process',
    created: 0,
    warnings: [],
    seq: 1,
    phases: [
      {
        phase: 'check',
        status: 'done',
        started: 1000,
        ended: 1400,
        detail: '5 cells, 3 requirements',
        log_size: 0
      },
      { phase: 'slim', status: 'skipped', log_size: 0 },
      { phase: 'execute', status: 'started', started: 2000, log_size: 0 }
    ],
    progress: { number: 2, total: 5, cell: { index: 4 } },
    ...overrides
  };
}

describe('PhaseList', () => {
  it('shows time, detail, what was skipped, and the cell that runs', () => {
    render(<PhaseList release={building()} trans={trans} />);
    const [check, slim, execute] = screen.getAllByRole('listitem');
    expect(check.textContent).toContain('0.4 s');
    expect(check.textContent).toContain('5 cells, 3 requirements');
    expect(slim.textContent).toContain('skipped');
    expect(execute.textContent).toContain('cell 4 (2 of 5 that run)');
    expect(execute.querySelector('progress')?.max).toBe(5);
  });

  it('has a word for each status that a screen reader can say', () => {
    render(<PhaseList release={building()} trans={trans} />);
    const labels = screen
      .getAllByRole('img')
      .map(mark => mark.getAttribute('aria-label'));
    expect(labels).toEqual(['done', 'skipped', 'running']);
  });
});

describe('The code of a problem', () => {
  it('leads to the page of its rule, where it has one', () => {
    const explain = jest.fn();
    const card = (code: string) => (
      <ProblemCard
        code={code}
        severity="error"
        message="It is so."
        explain={explain}
        trans={trans}
      />
    );
    const { rerender } = render(card('SLP202'));
    fireEvent.click(screen.getByRole('button', { name: 'SLP202' }));
    expect(explain).toHaveBeenCalledWith('SLP202');
    rerender(card('SLP520'));
    expect(screen.queryByRole('button')).toBeNull();
  });
});

describe('ProblemCard', () => {
  it('shows sentence, place and line, and leads to the cell', () => {
    const goTo = jest.fn();
    render(
      <ProblemCard
        code="SLP520"
        severity="error"
        message="Cell 3 raised `KeyError`."
        cell={3}
        line={2}
        source="  data['x']"
        traceback={'first\n\u001b[31mlast\u001b[0m'}
        goTo={goTo}
        trans={trans}
      />
    );
    const card = screen.getByRole('alert');
    expect(card.textContent).toContain('Cell 3 raised KeyError.');
    expect(card.querySelector('code')?.textContent).toBe('KeyError');
    expect(card.textContent).toContain("data['x']");
    expect(card.querySelector('pre')?.textContent).toBe('first\nlast\n');
    fireEvent.click(screen.getByRole('button', { name: 'Cell 3, line 2' }));
    expect(goTo).toHaveBeenCalledTimes(1);
  });

  it('is no button where there is no cell to go to', () => {
    render(
      <ProblemCard
        code="SLP101"
        severity="error"
        message="No requirements."
        trans={trans}
      />
    );
    expect(screen.queryByRole('button')).toBeNull();
  });
});

describe('AnsiText', () => {
  it('colours text and never makes markup of it', () => {
    const { container } = render(
      <AnsiText text={'\u001b[31m<b>red</b>\u001b[0m plain'} />
    );
    expect(container.textContent).toBe('<b>red</b> plain');
    expect(container.querySelector('b')).toBeNull();
    expect(container.querySelector('.jp-Slipway-ansi-red')?.textContent).toBe(
      '<b>red</b>'
    );
  });

  it.each([
    ['[91m', 'jp-Slipway-ansi-red'],
    ['[38;5;28m', 'jp-Slipway-ansi-green'],
    ['[38;5;21;1m', 'jp-Slipway-ansi-blue jp-Slipway-ansi-bold'],
    ['[38;2;200;190;10m', 'jp-Slipway-ansi-yellow'],
    ['[44m', 'jp-Slipway-ansiBack-blue'],
    ['[38;5;244m', null],
    ['[2K', undefined]
  ])('shows %s in a colour that each theme has', (sequence, expected) => {
    const { container } = render(<AnsiText text={`\u001b${sequence}text`} />);
    expect(container.textContent).toBe('text');
    const span = container.querySelector('span');
    expect(
      expected === undefined ? undefined : span?.getAttribute('class')
    ).toBe(expected);
  });

  it('cuts a line that would stop the browser', () => {
    const { container } = render(<AnsiText text={'x'.repeat(1_000_000)} />);
    expect(container.textContent?.length).toBeLessThan(5000);
  });
});

describe('duration', () => {
  it.each([
    [0, '0.0 s'],
    [420, '0.4 s'],
    [12_400, '12 s'],
    [185_000, '3 min 05 s']
  ])('%d ms is %s', (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });
});
