/** Which versions a specifier takes, by PEP 440 (https://peps.python.org/pep-0440/#version-specifiers). */

import {
  compareNumbers,
  comparePublic,
  compareVersions,
  readVersion
} from './versions';
import type { IVersion } from './versions';

export interface IClause {
  operator: '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=';
  version: IVersion;
  /** Whether it ends in `.*`. */
  isPrefix: boolean;
  text: string;
}

/** The clauses of a specifier as `readSpecifier` gives it; undefined where one has no meaning. */
export function clausesOf(specifier: string): IClause[] | undefined {
  const clauses: IClause[] = [];
  for (const text of specifier.split(',')) {
    const match = /^(==|!=|<=|>=|<|>|~=)(.*?)(\.\*)?$/.exec(text);
    const version = match && readVersion(match[2]);
    if (!match || !version) {
      return undefined;
    }
    const operator = match[1] as IClause['operator'];
    clauses.push({ operator, version, isPrefix: match[3] === '.*', text });
  }
  return clauses;
}

/** Whether a clause takes a version, pre-releases included. */
export function takes(clause: IClause, version: IVersion): boolean {
  const wanted = clause.version;
  switch (clause.operator) {
    case '==':
      return clause.isPrefix
        ? hasPrefix(version, wanted.epoch, wanted.release)
        : wanted.local
          ? compareVersions(version, wanted) === 0
          : comparePublic(version, wanted) === 0;
    case '!=':
      return !takes({ ...clause, operator: '==' }, version);
    case '~=':
      return (
        comparePublic(version, wanted) >= 0 &&
        hasPrefix(version, wanted.epoch, wanted.release.slice(0, -1))
      );
    case '>=':
      return comparePublic(version, wanted) >= 0;
    case '<=':
      return comparePublic(version, wanted) <= 0;
    case '<':
      return (
        comparePublic(version, wanted) < 0 &&
        // A pre-release of what is excluded is not meant.
        !(isPre(version) && isFinal(wanted) && isSameRelease(version, wanted))
      );
    case '>':
      return (
        comparePublic(version, wanted) > 0 &&
        // Nor is one that only mends it.
        !(
          version.post !== undefined &&
          isFinal(wanted) &&
          isSameRelease(version, wanted)
        )
      );
  }
}

function isPre({ pre, dev }: IVersion): boolean {
  return pre !== undefined || dev !== undefined;
}

function isFinal(version: IVersion): boolean {
  return !isPre(version) && version.post === undefined;
}

function isSameRelease(a: IVersion, b: IVersion): boolean {
  return a.epoch === b.epoch && compareNumbers(a.release, b.release) === 0;
}

function hasPrefix(
  version: IVersion,
  epoch: number,
  prefix: ReadonlyArray<number>
): boolean {
  return (
    version.epoch === epoch &&
    compareNumbers(version.release.slice(0, prefix.length), prefix) === 0
  );
}

/**
 * Clauses of a specifier that no version meets together, as few as can be told: one, two or all; none where some
 * version does.
 */
export function conflictIn(specifier: string): IClause[] | undefined {
  const clauses = clausesOf(specifier);
  if (!clauses || clauses.length > MOST || isMet(clauses)) {
    return undefined;
  }
  const alone = clauses.find(clause => !isMet([clause]));
  if (alone) {
    return [alone];
  }
  for (const [index, first] of clauses.entries()) {
    const second = clauses
      .slice(index + 1)
      .find(other => !isMet([first, other]));
    if (second) {
      return [first, second];
    }
  }
  return clauses;
}

/** More clauses are no specifier that somebody wrote, and would take long. */
const MOST = 40;

/** Whether some version meets all clauses, be it published or not. */
function isMet(clauses: ReadonlyArray<IClause>): boolean {
  if (clauses.length === 1 && clauses[0].operator !== '<') {
    return true;
  }
  for (const version of candidates(clauses)) {
    if (clauses.every(clause => takes(clause, version))) {
      return true;
    }
  }
  return false;
}

/** Versions at, right below and right above all that the clauses name: if any version meets them, one of these does. */
function* candidates(clauses: ReadonlyArray<IClause>): Iterable<IVersion> {
  const named = clauses.map(({ version }) => version);
  const length = Math.max(...named.map(({ release }) => release.length)) + 1;
  const seeds = named.flatMap(version => [version, ...bumps(version)]);
  yield* seeds;
  for (const { epoch, release, pre, post, dev } of seeds) {
    for (const near of nearReleases(epoch, release, length)) {
      for (const nearPre of nearPhases(pre)) {
        for (const nearPost of nearNumbers(post)) {
          for (const nearDev of nearNumbers(dev)) {
            yield { ...near, pre: nearPre, post: nearPost, dev: nearDev };
          }
        }
      }
    }
  }
}

/** The first versions behind all that begin like this one. */
function bumps({ epoch, release }: IVersion): IVersion[] {
  return release.map((_, index) => ({
    epoch,
    release: [...release.slice(0, index), release[index] + 1]
  }));
}

function* nearReleases(
  epoch: number,
  release: ReadonlyArray<number>,
  length: number
): Iterable<Pick<IVersion, 'epoch' | 'release'>> {
  yield { epoch, release };
  const zeros = Array<number>(Math.max(0, length - release.length)).fill(0);
  // Smaller and greater than all that is named and differs.
  yield { epoch, release: [...release, ...zeros, 1] };
  yield { epoch, release: [...release, Infinity] };
  const end = release.map(number => number > 0).lastIndexOf(true);
  if (end >= 0) {
    const below = [...release.slice(0, end), release[end] - 1, Infinity];
    yield { epoch, release: below };
  } else if (epoch > 0) {
    yield { epoch: epoch - 1, release: [Infinity] };
  }
}

function nearPhases(pre: IVersion['pre']): IVersion['pre'][] {
  const phases: IVersion['pre'][] = [undefined, [0, 0], [2, Infinity]];
  for (const number of pre ? nearNumbers(pre[1]) : []) {
    if (pre && number !== undefined) {
      phases.push([pre[0], number]);
    }
  }
  return phases;
}

function nearNumbers(number: number | undefined): (number | undefined)[] {
  return number === undefined
    ? [undefined, 0]
    : [undefined, 0, number - 1, number, number + 1, Infinity].filter(
        near => near === undefined || near >= 0
      );
}
