// Makes a checkout ready to run: virtual environment, packages, front-end build, editable install.
// Plain Node, no dependency: it runs before anything is installed. Each step is skipped when
// nothing that it depends on has changed since it last succeeded.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const venv = join(root, '.venv');
const windows = process.platform === 'win32';
const binaries = join(venv, windows ? 'Scripts' : 'bin');
const stamps = join(root, '.slipway-setup');

/** Path of a command of the virtual environment. */
export function tool(name) {
  return join(binaries, windows ? `${name}.exe` : name);
}

/** Environment in which the virtual environment's commands come first. */
export function environment(extra = {}) {
  const separator = windows ? ';' : ':';
  // Those point a Python at the packages of another one.
  const foreign = ['PYTHONHOME', 'PYTHONPATH'];
  const own = Object.entries(process.env).filter(
    ([name]) => !foreign.includes(name)
  );
  return {
    ...Object.fromEntries(own),
    VIRTUAL_ENV: venv,
    PATH: `${binaries}${separator}${process.env.PATH ?? ''}`,
    ...extra
  };
}

export class SetupError extends Error {}

function run(step, command, args) {
  const done = spawnSync(command, args, {
    cwd: root,
    env: environment(),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024
  });
  if (done.error || done.status !== 0) {
    const output = `${done.stdout ?? ''}${done.stderr ?? ''}`.trim();
    const reason = done.error
      ? done.error.message
      : done.signal
        ? `it was ended by ${done.signal}`
        : `it exited with ${done.status}`;
    throw new SetupError(
      `${step} did not work: ${reason}.\n  ${[command, ...args].join(' ')}\n${output}`
    );
  }
  return done.stdout;
}

function findPython() {
  const asked = process.env.SLIPWAY_SETUP_PYTHON;
  const names = asked
    ? [asked]
    : [
        'python3',
        'python',
        'python3.14',
        'python3.13',
        'python3.12',
        'python3.11'
      ];
  const probe =
    'import sys; print("%d.%d" % sys.version_info[:2]); import ensurepip, venv';
  const seen = [];
  for (const name of names) {
    const answer = spawnSync(name, ['-c', probe], { encoding: 'utf8' });
    if (answer.error || !answer.stdout) {
      continue;
    }
    const version = answer.stdout.trim();
    const [major, minor] = version.split('.').map(Number);
    if (major !== 3 || minor < 11) {
      seen.push(`${name} is ${version}`);
    } else if (answer.status !== 0) {
      seen.push(
        `${name} (${version}) cannot make virtual environments; on Debian and Ubuntu install python3-venv`
      );
    } else {
      return { name, version };
    }
  }
  throw new SetupError(
    `Slipway needs Python 3.11 or newer${seen.length ? ` (${seen.join('; ')})` : ', and none was found on PATH'}. ` +
      'Install one, or name it in SLIPWAY_SETUP_PYTHON.'
  );
}

function filesBelow(path) {
  const full = join(root, path);
  if (!existsSync(full)) {
    return [];
  }
  if (!statSync(full).isDirectory()) {
    return [path];
  }
  return readdirSync(full)
    .filter(name => name !== '__pycache__' && name !== 'node_modules')
    .sort()
    .flatMap(name => filesBelow(join(path, name)));
}

function digestOf(paths, ...extra) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesBelow)) {
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.update(extra.join('\0')).digest('hex');
}

/** Runs `make` unless `digest` is what the step last succeeded with and its result is still there. */
function step(name, sentence, digest, result, make) {
  const stamp = join(stamps, name);
  if (
    existsSync(result) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === digest
  ) {
    return;
  }
  const started = Date.now();
  process.stdout.write(`${sentence} … `);
  rmSync(stamp, { force: true });
  try {
    make();
  } catch (error) {
    process.stdout.write('failed\n');
    throw error;
  }
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, digest);
  process.stdout.write(`${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}

export function setUp() {
  const [nodeMajor] = process.versions.node.split('.').map(Number);
  if (nodeMajor < 20) {
    throw new SetupError(
      `Slipway needs Node.js 20 or newer to build; this is ${process.versions.node}.`
    );
  }
  if (windows) {
    throw new SetupError(
      'Slipway runs on Linux and macOS; on Windows, use the Windows Subsystem for Linux.'
    );
  }
  const python = findPython();
  const locked = 'requirements-dev.txt';
  step(
    'python',
    `Python ${python.version} environment in .venv`,
    digestOf([locked], python.version, root),
    tool('jupyter'),
    () => {
      rmSync(venv, { recursive: true, force: true });
      run('Making .venv', python.name, ['-m', 'venv', venv]);
      const uv = readFileSync(join(root, locked), 'utf8').match(/^uv==\S+/m)[0];
      run('Installing uv', tool('python'), ['-m', 'pip', 'install', '-q', uv]);
      run('Installing the packages', tool('uv'), [
        ...['pip', 'install', '-q', '-p', tool('python')],
        ...['-r', join(root, locked)]
      ]);
    }
  );
  step(
    'node',
    'Front-end packages in node_modules',
    digestOf(['package.json', 'yarn.lock', '.yarnrc.yml']),
    join(root, 'node_modules', '.yarn-state.yml'),
    () =>
      run('Installing the front-end packages', tool('jlpm'), [
        'install',
        '--immutable'
      ])
  );
  step(
    'build',
    'Front end',
    digestOf([
      'src',
      'style',
      'schema',
      'tsconfig.json',
      'package.json',
      'yarn.lock'
    ]),
    join(root, 'server_ext/jupyterlab_slipway/labextension/package.json'),
    () => run('Building the front end', tool('jlpm'), ['build:prod'])
  );
  step(
    'install',
    'Slipway in .venv',
    digestOf(
      [
        'pyproject.toml',
        'hatch_build.py',
        'package.json',
        'install.json',
        'jupyter-config'
      ],
      python.version,
      root
    ),
    tool('slipway'),
    () => {
      run('Installing Slipway', tool('uv'), [
        ...['pip', 'install', '-q', '-p', tool('python')],
        ...[
          '--no-deps',
          '--no-build-isolation',
          '--reinstall-package',
          'jupyterlab-slipway'
        ],
        ...['-e', root]
      ]);
      run('Linking the front end', tool('jupyter-builder'), [
        'develop',
        '.',
        '--overwrite'
      ]);
    }
  );
}

/** Runs `main`; a failed set-up ends with its sentence, not with a stack trace. */
export async function script(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) {
      throw error;
    }
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}
