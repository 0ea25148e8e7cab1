import {
  clausesOf,
  conflictIn,
  takes
} from '../contract/requirements/specifiers';
import {
  compareVersions,
  readVersion
} from '../contract/requirements/versions';
import type { IVersion } from '../contract/requirements/versions';

function version(text: string): IVersion {
  const read = readVersion(text);
  if (!read) {
    throw new Error(`${text} is no version`);
  }
  return read;
}

function isTaken(specifier: string, text: string): boolean {
  const clauses = clausesOf(specifier);
  return Boolean(clauses?.every(clause => takes(clause, version(text))));
}

/** The same numbers each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

/** In order; each comes before all that follow. */
const ORDER = [
  '0.dev0',
  '0',
  '0.0.1',
  '1.0.dev0',
  '1.0.dev4',
  '1.0a0.dev0',
  '1.0a0',
  '1.0a1.dev1',
  '1.0a1',
  '1.0a1.post0',
  '1.0a2',
  '1.0a12.dev456',
  '1.0b1',
  '1.0rc1.dev2',
  '1.0rc1',
  '1.0rc2.post1',
  '1.0',
  '1.0+abc.5',
  '1.0+abc.7',
  '1.0+5',
  '1.0+5.a',
  '1.0.post0.dev0',
  '1.0.post456.dev34',
  '1.0.post456',
  '1.0.0.1',
  '1.0.1.dev0',
  '1.0.1',
  '1.0.15',
  '1.1.dev1',
  '1.1',
  '1.10',
  '2',
  '1!0.dev0',
  '1!0.1'
];

describe('The order of versions', () => {
  it('is that of PEP 440', () => {
    const compared = ORDER.map(left =>
      ORDER.map(right =>
        Math.sign(compareVersions(version(left), version(right)))
      )
    );
    const wanted = ORDER.map((_, row) =>
      ORDER.map((__, column) => Math.sign(row - column))
    );
    expect(compared).toEqual(wanted);
  });

  it.each([
    ['1.0', '1'],
    ['1.0', '1.0.0.0'],
    ['v1.0', '1.0'],
    ['1.0', '0!1.0'],
    ['1.0alpha1', '1.0a1'],
    ['1.0-ALPHA.1', '1.0a1'],
    ['1.0c1', '1.0rc1'],
    ['1.0pre', '1.0rc0'],
    ['1.0preview2', '1.0rc2'],
    ['1.0-1', '1.0.post1'],
    ['1.0.rev2', '1.0.post2'],
    ['1.0r2', '1.0.post2'],
    ['1.0.post', '1.0.post0'],
    ['1.0.dev', '1.0-dev_0'],
    ['1.0+Ubuntu-1', '1.0+ubuntu.1'],
    ['01.02', '1.2']
  ])('has %s and %s for one version', (left, right) => {
    expect(compareVersions(version(left), version(right))).toBe(0);
  });

  it.each(['', 'a', '1.', '.1', '1..2', '1.0+', '1.0-a-b', '1!', '1.0.*'])(
    'knows %j not',
    text => {
      expect(readVersion(text)).toBeUndefined();
    }
  );
});

describe('A specifier', () => {
  it.each([
    ['==1.0', '1', true],
    ['==1.0', '1.0+cpu', true],
    ['==1.0+cpu', '1.0', false],
    ['==1.*', '1.5rc1', true],
    ['==1.0.*', '1', true],
    ['==1.1.*', '1.10', false],
    ['!=1.*', '1.5', false],
    ['!=1.0', '1.0.post1', true],
    ['~=2.2', '2.9', true],
    ['~=2.2', '3.0', false],
    ['~=2.2.1', '2.3', false],
    ['~=1.4.5a4', '1.4.5', true],
    ['>1.7', '1.7.1', true],
    ['>1.7', '1.7.0.post1', false],
    ['>1.7.post2', '1.7.post3', true],
    ['<2.0', '2.0rc1', false],
    ['<2.0rc1', '2.0b1', true],
    ['<=2.0', '2.0+local', true],
    ['>=1,<2,!=1.5', '1.5.1', true]
  ])('%s meets %s: %s', (specifier, text, wanted) => {
    expect(isTaken(specifier, text)).toBe(wanted);
  });
});

describe('A specifier that excludes itself', () => {
  it.each([
    ['>=2,<1', ['>=2', '<1']],
    ['==1.0,!=1.0', ['==1.0', '!=1.0']],
    ['==1.15,>1.16', ['==1.15', '>1.16']],
    ['==1.0,==1.1', ['==1.0', '==1.1']],
    ['>1,<1', ['>1', '<1']],
    ['>=1.0a1,<1.0', ['>=1.0a1', '<1.0']],
    ['~=1.4.2,>=1.5', ['~=1.4.2', '>=1.5']],
    ['==1.*,==2.*', ['==1.*', '==2.*']],
    ['==1.5,!=1.*', ['==1.5', '!=1.*']],
    ['>1.0,<1.0.post1', ['>1.0', '<1.0.post1']],
    ['<0', ['<0']],
    ['>=1.0,<=1.0,!=1.0', ['>=1.0', '<=1.0', '!=1.0']],
    ['>=1,<3,!=1.*,!=2.*', ['>=1', '<3', '!=1.*', '!=2.*']],
    ['>=1,<1.1,!=1.0.*', ['>=1', '<1.1', '!=1.0.*']],
    ['==1.0+a,==1.0+b', ['==1.0+a', '==1.0+b']]
  ])('is found: %s', (specifier, texts) => {
    expect(conflictIn(specifier)?.map(({ text }) => text)).toEqual(texts);
  });

  it.each([
    '==1.0',
    '>=1,<2',
    '>1,<1.0.1',
    '>=1.0,<=1.0',
    '>=1.0,<2,!=1.0',
    '>1.0.post1,<1.0.post3',
    '==1.0,==1.0.0',
    '==1.0,==1.0+cpu',
    '~=1.4,>=1.9',
    '~=1.4.2,<1.5',
    '>=1,<3,!=1.*',
    '==1.*,>=1.9.9',
    '<=0',
    '<0.0.1',
    '>0,<1!0',
    '!=1,!=2,!=3'
  ])('is none: %s', specifier => {
    expect(conflictIn(specifier)).toBeUndefined();
  });

  it('is never one that some version meets', () => {
    const pick = random(7);
    const operators = ['==', '!=', '<=', '>=', '<', '>', '~='];
    const names = ORDER.filter(text => !text.includes('+'));
    for (let round = 0; round < 2000; round++) {
      const clauses = Array.from({ length: 2 + pick(2) }, () => {
        const text = names[pick(names.length)];
        const operator = operators[pick(operators.length)];
        return `${operator}${operator === '~=' ? `${text.replace(/^(\d+!)?(\d+)(?!\.\d)/, '$1$2.0')}` : text}`;
      });
      const specifier = clauses.join(',');
      const met = ORDER.find(text => isTaken(specifier, text));
      if (met !== undefined) {
        expect([specifier, met, conflictIn(specifier)]).toEqual([
          specifier,
          met,
          undefined
        ]);
      }
    }
  });
});
