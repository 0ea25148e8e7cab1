import { spawnSync } from 'child_process';
import type { IEngineView } from '../src/deployments/wire';

/** Why releases cannot be built with Docker here; empty where they can. */
export function whyNoDocker(): string {
  const listed = spawnSync('slipway', ['engines', '--json'], {
    encoding: 'utf8',
    timeout: PATIENCE
  });
  const found = (listed.stdout ?? '')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as IEngineView)
    .find(({ name }) => name === 'docker');
  if (!found?.available) {
    return found?.detail ?? '`slipway engines` does not list docker';
  }
  // What a registry has is not looked for: that is for the build to find.
  const missing = (process.env.SLIPWAY_BASE_IMAGES ?? '')
    .split(',')
    .map(entry => entry.split('=')[1])
    .find(image => image?.startsWith('localhost/') && !isThere(image));
  return missing ? `There is no image ${missing} in Docker` : '';
}

/** Milliseconds that a daemon has for an answer: a worker that waits for a program cannot end a test. */
const PATIENCE = 30_000;

/** Ids of the containers and images of a deployment. */
export function leftInDocker(deployment: string): string[] {
  const filter = ['--filter', `label=slipway.deployment=${deployment}`];
  return [
    ['ps', '--all', '--quiet', ...filter],
    ['images', '--quiet', ...filter],
    ['volume', 'ls', '--quiet', ...filter]
  ].flatMap(words => docker(words).split('\n').filter(Boolean));
}

function docker(words: string[]): string {
  const done = spawnSync('docker', words, {
    encoding: 'utf8',
    timeout: PATIENCE
  });
  if (done.status !== 0) {
    throw new Error(`docker ${words.join(' ')} did not work: ${done.stderr}`);
  }
  return done.stdout;
}

function isThere(image: string): boolean {
  try {
    return docker(['image', 'inspect', image]) !== '';
  } catch {
    return false;
  }
}
