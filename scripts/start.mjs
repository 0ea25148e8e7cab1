// npm start: set up, deploy the k-means example, predict once, open JupyterLab.
// npm start -- --once: stop after the prediction and remove the service again.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  environment,
  root,
  script,
  setUp,
  SetupError,
  tool
} from './setup.mjs';

const notebook = join(root, 'examples', 'kmeans.ipynb');
const sample = '[0.25, 0.75]';

function slipway(args, options = {}) {
  return spawnSync(tool('slipway'), args, {
    cwd: root,
    env: environment(),
    stdio: 'inherit',
    ...options
  });
}

/** The service's answer to the sample, or undefined where it gave none. */
function predict(name) {
  const answer = slipway(['predict', name, sample], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8'
  });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

function openJupyterLab() {
  const args = ['lab', join(root, 'examples')];
  if (process.getuid?.() === 0) {
    args.push('--allow-root');
  }
  const lab = spawn(tool('jupyter'), args, {
    cwd: root,
    env: environment(),
    stdio: 'inherit'
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    // The terminal's Ctrl-C reaches JupyterLab by itself; wait for its own question and answer.
    process.on(signal, () => signal === 'SIGTERM' && lab.kill(signal));
  }
  return new Promise(resolve => lab.on('exit', code => resolve(code ?? 1)));
}

async function main() {
  const args = process.argv.slice(2);
  const once = args.includes('--once');
  const unknown = args.filter(arg => arg !== '--once');
  if (unknown.length) {
    throw new SetupError(
      `npm start does not know ${unknown.join(' ')}; it takes --once, or nothing.`
    );
  }
  setUp();
  const name = once ? `kmeans-once-${process.pid}` : 'kmeans';
  // Whatever engines there are: a first look should not wait for base images.
  const engine = process.env.SLIPWAY_ENGINE || 'process';
  const deployed = slipway([
    'deploy',
    notebook,
    '--name',
    name,
    '--engine',
    engine
  ]);
  const prediction = deployed.status === 0 ? predict(name) : undefined;
  if (prediction !== undefined) {
    console.log(`\npredictor(${sample}) → ${prediction}\n`);
  }
  if (once) {
    // Quiet: a failed deployment may have left nothing to remove.
    slipway(['rm', name, '--force'], { stdio: 'ignore' });
    return prediction === undefined ? 1 : 0;
  }
  if (prediction === undefined) {
    return 1;
  }
  return openJupyterLab();
}

await script(main);
