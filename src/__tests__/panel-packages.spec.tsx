import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import type { IServedPackage, IServedPackages } from '../deployments/wire';
import { PackagesSection } from '../panel/PackagesSection';
import { packagesWords, size } from '../panel/words';

const trans = nullTranslator.load('jupyterlab_slipway');

function one(
  name: string,
  bytes: number,
  kept: boolean,
  reason = 'because'
): IServedPackage {
  return { name, version: '1.2', bytes, kept, reason, modules: [name] };
}

const PACKAGES = [
  one('matplotlib', 28_000_000, false, 'nothing that serves imports it'),
  one('numpy', 58_000_000, true, '`scikit-learn` needs it'),
  one('pandas', 61_000_000, false, 'nothing that serves imports it'),
  one('scikit-learn', 34_000_000, true, 'the model refers to it'),
  one('six', 34_000, false, 'nothing that serves imports it')
];

function served(
  packages = PACKAGES,
  overrides: Partial<IServedPackages> = {}
): IServedPackages {
  const sum = (all: IServedPackage[]) =>
    all.reduce((total, { bytes }) => total + bytes, 0);
  return {
    packages,
    before: sum(packages),
    after: sum(packages.filter(({ kept }) => kept)),
    fallback: null,
    ...overrides
  };
}

function show(
  packages: IServedPackages,
  keep?: (names: string[]) => void
): HTMLDetailsElement {
  const { container } = render(
    <PackagesSection packages={packages} keep={keep} trans={trans} />
  );
  return container.querySelector('details')!;
}

function open(details: HTMLDetailsElement): void {
  details.open = true;
  fireEvent(details, new Event('toggle'));
}

const texts = () =>
  screen.getAllByRole('row').map(row =>
    [...row.children]
      .map(cell => cell.textContent)
      .filter(Boolean)
      .join(' | ')
  );

describe('PackagesSection', () => {
  it('is one line until it is opened', () => {
    const details = show(served());
    expect(details.textContent).toBe(
      'Packages: 2 of 5, 92 MB instead of 181 MB'
    );
    expect(screen.queryByRole('table')).toBeNull();
  });

  it('lists what is kept, then what is left out, the largest first, with sums', () => {
    open(show(served()));
    expect(texts()).toEqual([
      'Package | Reason | Size',
      'Kept: 2 | 92 MB',
      'numpy 1.2 | scikit-learn needs it | 58 MB',
      'scikit-learn 1.2 | the model refers to it | 34 MB',
      'Left out: 3 | 89 MB',
      'pandas 1.2 | nothing that serves imports it | 61 MB',
      'matplotlib 1.2 | nothing that serves imports it | 28 MB',
      'six 1.2 | nothing that serves imports it | 34 kB',
      'Together: 5 | 181 MB'
    ]);
  });

  it('is a table with headers, in a region that one reaches and scrolls by keyboard', () => {
    open(show(served(), jest.fn()));
    expect(
      screen.getAllByRole('columnheader').map(({ textContent }) => textContent)
    ).toEqual(['Package', 'Reason', 'Size']);
    for (const name of ['numpy 1.2', 'six 1.2']) {
      expect(screen.getByRole('rowheader', { name })).toBeTruthy();
    }
    const region = screen.getByRole('region', { name: 'Packages' });
    expect(region.tabIndex).toBe(0);
    expect(within(region).getByRole('table')).toBeTruthy();
  });

  it('says aloud why more was kept, also while it is closed', () => {
    show(
      served(undefined, { fallback: 'Without `six` sample 1 raised KeyError.' })
    );
    const note = screen.getByRole('note');
    expect(note.getAttribute('data-severity')).toBe('warning');
    expect(note.textContent).toContain('more packages than it seemed to need');
    expect(note.textContent).toContain('Without six sample 1 raised KeyError.');
    expect(note.querySelector('code')?.textContent).toBe('six');
  });

  it('has no warning where nothing fell back', () => {
    show(served());
    expect(screen.queryByRole('note')).toBeNull();
  });

  it('hands on what is ticked to be kept', () => {
    const keep = jest.fn();
    open(show(served(), keep));
    expect(screen.queryByRole('button')).toBeNull();
    expect(screen.getAllByRole('checkbox')).toHaveLength(3);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Keep pandas' }));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Keep six' }));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Keep matplotlib' }));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Keep pandas' }));
    fireEvent.click(
      screen.getByRole('button', { name: 'Keep 2 and redeploy' })
    );
    expect(keep).toHaveBeenCalledWith(['six', 'matplotlib']);
  });

  it('says how to keep one where the panel cannot', () => {
    const details = show(served());
    open(details);
    expect(screen.queryByRole('checkbox')).toBeNull();
    expect(details.textContent).toContain('--keep NAME');
  });

  it('has neither total nor advice where all are kept', () => {
    const details = show(
      served(PACKAGES.filter(({ kept }) => kept)),
      jest.fn()
    );
    expect(details.textContent).toBe('Packages: 2, 92 MB');
    open(details);
    expect(texts()).toHaveLength(4);
    expect(details.textContent).not.toContain('Together');
    expect(details.textContent).not.toContain('--keep');
  });

  it('is not there without packages', () => {
    const { container } = render(
      <PackagesSection packages={served([])} trans={trans} />
    );
    expect(container.innerHTML).toBe('');
  });

  it('never makes markup of names and reasons', () => {
    open(show(served([one('<b>x</b>', 1, true, '<img src=x>')])));
    expect(screen.getByText('<img src=x>')).toBeTruthy();
    expect(document.querySelector('img, b')).toBeNull();
  });
});

describe('size', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9949, '9.9 kB'],
    [9950, '10 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [412_300_000, '412 MB'],
    [7_360_000_000, '7.4 GB'],
    [2_000_000_000_000_000, '2000 TB']
  ])('%d bytes are %s', (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });
});

describe('packagesWords', () => {
  it.each([
    [served(), 'Packages: 2 of 5, 92 MB instead of 181 MB'],
    [served([one('six', 34_000, true)]), 'Packages: 1, 34 kB'],
    [
      served([one('six', 34_000, false)]),
      'Packages: 0 of 1, 0 B instead of 34 kB'
    ]
  ])('%#', (packages, words) => {
    expect(packagesWords(packages, trans)).toBe(words);
  });
});
