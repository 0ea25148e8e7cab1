/** Versions and their order, by PEP 440 (https://peps.python.org/pep-0440/#summary-of-permitted-suffixes-and-relative-ordering). */

export interface IVersion {
  epoch: number;
  release: ReadonlyArray<number>;
  /** Rank of its phase (alpha, beta, candidate: 0, 1, 2) and its number. */
  pre?: readonly [rank: number, number: number];
  post?: number;
  dev?: number;
  local?: ReadonlyArray<number | string>;
}

const FORM =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(?:post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

/** Undefined where it is none. */
export function readVersion(text: string): IVersion | undefined {
  const match = FORM.exec(text.trim().toLowerCase());
  if (!match) {
    return undefined;
  }
  const [, epoch, release, phase, pre, dash, post, dev, devNumber, local] =
    match;
  return {
    epoch: Number(epoch ?? 0),
    release: release.split('.').map(Number),
    pre: phase ? [rankOf(phase), Number(pre)] : undefined,
    // A number that is left out is 0.
    post: dash ? Number(dash) : post === undefined ? undefined : Number(post),
    dev: dev ? Number(devNumber) : undefined,
    local: local
      ?.split(/[-_.]/)
      .map(part => (/^\d+$/.test(part) ? Number(part) : part))
  };
}

function rankOf(phase: string): number {
  return phase.startsWith('a') ? 0 : phase.startsWith('b') ? 1 : 2;
}

/** Negative where the first comes before the second, 0 where they are the same version. */
export function compareVersions(a: IVersion, b: IVersion): number {
  return compareKeys(keyOf(a), keyOf(b)) || compareLocals(a.local, b.local);
}

/** The order of what an index publishes: local versions count as those they were built from. */
export function comparePublic(a: IVersion, b: IVersion): number {
  return compareKeys(keyOf(a), keyOf(b));
}

interface IKey {
  release: ReadonlyArray<number>;
  rest: ReadonlyArray<number>;
}

function keyOf({ epoch, release, pre, post, dev }: IVersion): IKey {
  // A development release of a final one comes before its first alpha.
  const isEarly = !pre && post === undefined && dev !== undefined;
  const [rank, number] = pre ?? [isEarly ? -1 : 3, 0];
  return {
    release: [epoch, ...release],
    rest: [rank, number, post ?? -1, dev ?? Infinity]
  };
}

function compareKeys(a: IKey, b: IKey): number {
  return compareNumbers(a.release, b.release) || compareNumbers(a.rest, b.rest);
}

/** What is missing at the end of one of them counts as 0. */
export function compareNumbers(
  a: ReadonlyArray<number>,
  b: ReadonlyArray<number>
): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [left, right] = [a[index] ?? 0, b[index] ?? 0];
    if (left !== right) {
      return left < right ? -1 : 1;
    }
  }
  return 0;
}

type Local = IVersion['local'];

/** None comes first, words before numbers, and the shorter of two that begin alike. */
function compareLocals(a: Local = [], b: Local = []): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a[index], b[index]];
    if (left !== right) {
      return typeof left === typeof right
        ? left < right
          ? -1
          : 1
        : typeof left === 'string'
          ? -1
          : 1;
    }
  }
  return a.length - b.length;
}
