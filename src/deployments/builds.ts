import type { IDeployment, IRelease } from './wire';

/** A build that was live, and can be served again; the releases that serve it share one bundle. */
export interface IKeptBuild {
  /** The release that made it, by whose number it is called. */
  number: number;
  made: IRelease;
  /** The newest release that was live with it. */
  last: IRelease;
  /** A later one that was to serve it, and could not; its problem says why. */
  failed?: IRelease;
}

/** Number of the release that made what this one serves. */
export function buildOf({ release, of }: IRelease): number {
  return of ?? release;
}

/** The builds of a deployment that can be served again, the newest first; what is live is among them. */
export function keptBuilds({ releases }: IDeployment): IKeptBuild[] {
  const numbers = new Set(releases.filter(({ kept }) => kept).map(buildOf));
  return [...numbers]
    .sort((a, b) => b - a)
    .map(number => {
      const own = releases.filter(release => buildOf(release) === number);
      const last = own.find(({ kept }) => kept)!;
      const [newest] = own;
      return {
        number,
        made: own.find(({ release }) => release === number) ?? last,
        last,
        ...(newest !== last && newest.problem && { failed: newest })
      };
    });
}

/** The builds to choose from; none where there is but the one that serves, or that `Start` serves again. */
export function buildsToChoose(deployment: IDeployment): IKeptBuild[] {
  const { live, releases } = deployment;
  const builds = keptBuilds(deployment);
  const current = releases.find(({ release, kept }) =>
    live === undefined ? kept : release === live
  );
  return builds.some(({ number }) => !current || number !== buildOf(current))
    ? builds
    : [];
}

/** The build that is live although there is a newer one. */
export function olderLive(
  deployment: IDeployment
): { build: IKeptBuild; newest: number } | null {
  const [newest, ...others] = keptBuilds(deployment);
  const build = others.find(({ last }) => last.release === deployment.live);
  return build ? { build, newest: newest.number } : null;
}
