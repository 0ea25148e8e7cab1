import { spawnSync } from 'child_process';
import type { IEngineView } from '../src/deployments/wire';

/** Why releases cannot be built with Docker here; empty where they can. */
export function whyNoDocker(): string {
  const listed = spawnSync('slipway', ['engines', '--json'], {
    encoding: 'utf8'
  });
  const docker = (listed.stdout ?? '')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as IEngineView)
    .find(({ name }) => name === 'docker');
  if (!docker?.available) {
    return docker?.detail ?? '`slipway engines` does not list docker';
  }
  // What a registry has is not looked for: that is for the build to find.
  const missing = (process.env.SLIPWAY_BASE_IMAGES ?? '')
    .split(',')
    .map(entry => entry.split('=')[1])
    .find(image => image?.startsWith('localhost/') && !isThere(image));
  return missing ? `There is no image ${missing} in Docker` : '';
}

/** Ids of the containers and images of a deployment. */
export function leftInDocker(deployment: string): string[] {
  const filter = ['--filter', `label=slipway.deployment=${deployment}`];
  return [
    ['ps', '--all', '--quiet', ...filter],
    ['images', '--quiet', ...filter],
    ['volume', 'ls', '--quiet', ...filter]
  ].flatMap(words =>
    spawnSync('docker', words, { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean)
  );
}

function isThere(image: string): boolean {
  return spawnSync('docker', ['image', 'inspect', image]).status === 0;
}
