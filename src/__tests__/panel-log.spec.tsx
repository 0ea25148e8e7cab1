import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import type { ReleaseLog } from '../deployments/log';
import { LineHeights } from '../panel/lineHeights';
import { LogView } from '../panel/LogView';

describe('LineHeights', () => {
  it('takes lines for one row until they were measured', () => {
    const heights = new LineHeights(17);
    expect(heights.between(0, 1000)).toBe(17_000);
    expect(heights.set(2, 51)).toBe(true);
    expect(heights.set(2, 51)).toBe(false);
    expect(heights.set(3, 17)).toBe(false);
    expect(heights.between(0, 4)).toBe(102);
    expect(
      [0, 16, 17, 34, 84, 85, 9999].map(top => heights.at(top, 6))
    ).toEqual([0, 0, 1, 2, 2, 3, 5]);
    heights.clear();
    expect(heights.between(0, 4)).toBe(68);
  });

  it('has a place for what has no lines yet', () => {
    expect(new LineHeights(17).at(100, 0)).toBe(0);
  });
});

describe('LogView', () => {
  const COUNT = 50_000;
  const log = {
    lineCount: COUNT,
    lines: (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => ({
        text: `line ${from + index}`,
        isHeading: false
      })),
    failure: null
  };

  // jsdom lays nothing out: each line takes two rows, and the box shows ten of them.
  const measures: Record<string, (node: HTMLElement) => number> = {
    offsetHeight: node => (node.className.includes('logLine') ? 34 : 0),
    clientHeight: () => 170,
    scrollHeight: node =>
      [...node.children].reduce(
        (sum, child) =>
          sum +
          parseFloat((child as HTMLElement).style.height || '0') +
          child.children.length * 34,
        0
      )
  };

  it('draws what is in sight of a long log whose lines are wrapped', () => {
    for (const [name, get] of Object.entries(measures)) {
      Object.defineProperty(HTMLElement.prototype, name, {
        configurable: true,
        get(this: HTMLElement) {
          return get(this);
        }
      });
    }
    render(
      <LogView
        log={{ ...log, changed: new Signal({}) } as unknown as ReleaseLog}
        trans={nullTranslator.load('jupyterlab_slipway')}
      />
    );
    const box = screen.getByRole('log');
    const drawn = () => box.querySelectorAll('.jp-Slipway-logLine');
    // It follows the end, also when that turns out to be farther down.
    expect(box.scrollTop).toBe(box.scrollHeight);
    fireEvent.scroll(box);
    expect(box.textContent).toMatch(/line 49999$/);
    expect(box.scrollTop).toBe(box.scrollHeight);

    box.scrollTop = 0;
    fireEvent.scroll(box);
    expect(screen.getByRole('checkbox')).toHaveProperty('checked', false);
    expect(drawn()[0].textContent).toBe('line 0');
    expect(drawn().length).toBeLessThan(100);
    expect(box.scrollTop).toBe(0);
    for (const name of Object.keys(measures)) {
      Reflect.deleteProperty(HTMLElement.prototype, name);
    }
  });
});
