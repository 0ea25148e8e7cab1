import type { IDeployment, IRelease, ReleaseState } from '../deployments/wire';

export const NAME = 'a';

export function release(
  number: number,
  state: ReleaseState,
  more: Partial<IRelease> = {}
): IRelease {
  return {
    release: number,
    state,
    engine: 'process',
    created: number,
    phases: [],
    warnings: [],
    seq: 1,
    ...more
  };
}

/** The deployment of these releases, which come newest first, as from the server. */
export function deploymentOf(
  releases: IRelease[],
  more: Partial<IDeployment> = {}
): IDeployment {
  const live = releases.find(({ state }) => state === 'live')?.release;
  return {
    name: NAME,
    title: NAME,
    notebook: `${NAME}.ipynb`,
    engine: 'process',
    releases,
    ...(live !== undefined && { live, url: 'http://127.0.0.1:8901' }),
    ...more
  };
}
