import { buildsToChoose, keptBuilds, olderLive } from '../deployments/builds';
import type { IRelease } from '../deployments/wire';
import { deploymentOf, release } from './deployment-fixtures';

const deployment = (...releases: IRelease[]) => deploymentOf(releases);

const kept = { kept: true } as const;
const problem = {
  code: 'SLP554',
  message: 'It answers otherwise.',
  severity: 'error'
} as const;

describe('keptBuilds', () => {
  it('is empty where nothing was live, and of a server that does not tell', () => {
    expect(keptBuilds(deployment())).toEqual([]);
    expect(
      keptBuilds(deployment(release(2, 'live'), release(1, 'replaced')))
    ).toEqual([]);
  });

  it('names a build by the release that made it, and asks for the one that has it', () => {
    const made = release(1, 'replaced');
    const last = release(4, 'live', { of: 1, ...kept });
    const second = release(3, 'replaced', kept);
    const failed = release(2, 'failed', { problem });
    expect(keptBuilds(deployment(last, second, failed, made))).toEqual([
      { number: 3, made: second, last: second },
      { number: 1, made, last }
    ]);
  });

  it('has one entry while two releases hold a build', () => {
    const builds = keptBuilds(
      deployment(
        release(2, 'live', { of: 1, ...kept }),
        release(1, 'stopped', kept)
      )
    );
    expect(builds.map(({ number, last }) => [number, last.release])).toEqual([
      [1, 2]
    ]);
  });

  it('knows of a later release that failed with a build, but not of one that was cancelled', () => {
    const failed = release(3, 'failed', { of: 1, problem });
    const others = [release(2, 'live', kept), release(1, 'replaced', kept)];
    expect(keptBuilds(deployment(failed, ...others))[1].failed).toBe(failed);
    expect(
      keptBuilds(
        deployment(release(4, 'cancelled', { of: 1 }), failed, ...others)
      )[1].failed
    ).toBeUndefined();
  });
});

describe('buildsToChoose', () => {
  const numbers = (...releases: IRelease[]) =>
    buildsToChoose(deployment(...releases)).map(({ number }) => number);

  it.each([
    ['serves', [release(1, 'live', kept)]],
    ['was stopped', [release(1, 'stopped', kept)]],
    [
      'serves again',
      [release(2, 'live', { of: 1, ...kept }), release(1, 'stopped')]
    ],
    ['fell to a failed build', [release(2, 'failed'), release(1, 'live', kept)]]
  ])('is empty where the only build %s', (_, releases) => {
    expect(numbers(...releases)).toEqual([]);
  });

  it('has what serves, and the others', () => {
    expect(
      numbers(release(2, 'live', kept), release(1, 'replaced', kept))
    ).toEqual([2, 1]);
    expect(
      numbers(release(2, 'lost', kept), release(1, 'replaced', kept))
    ).toEqual([2, 1]);
  });

  it('has another build also where that which serves has lost its bundle', () => {
    expect(numbers(release(2, 'live'), release(1, 'replaced', kept))).toEqual([
      1
    ]);
  });
});

describe('olderLive', () => {
  const second = release(2, 'replaced', kept);
  const first = release(1, 'replaced');

  it('is the build that serves in spite of a newer one', () => {
    const back = release(3, 'live', { of: 1, ...kept });
    expect(olderLive(deployment(back, second, first))).toEqual({
      build: { number: 1, made: first, last: back },
      newest: 2
    });
    // Also while the next one is on its way, or has failed.
    expect(
      olderLive(deployment(release(4, 'failed'), back, second, first))?.newest
    ).toBe(2);
  });

  it('is none where the newest build serves, again or not, or nothing does', () => {
    const again = release(3, 'live', { of: 2, ...kept });
    const old = release(1, 'replaced', kept);
    expect(olderLive(deployment(again, release(2, 'stopped'), old))).toBeNull();
    expect(olderLive(deployment(release(2, 'live', kept), old))).toBeNull();
    expect(olderLive(deployment(second, old))).toBeNull();
  });
});
