// Times the lint on a notebook of 1,000 cells and 20,000 lines: all of it at once, and again after each keystroke.
//   node benchmarks/lint.mjs [CELLS] [LINES A CELL]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notebook } from './notebook.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [cellCount, linesPerCell] = [
  Number(process.argv[2] ?? 1000),
  Number(process.argv[3] ?? 20)
];

/** The lint, compiled to a directory from which its dependencies are found. */
function compile() {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'slipway-lint-'));
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '--outDir',
      directory,
      '--rootDir',
      join(root, 'src', 'contract'),
      ...'--module commonjs --moduleResolution node --target es2020 --lib es2022 --strict --skipLibCheck'.split(
        ' '
      ),
      ...'--resolveJsonModule --esModuleInterop --types node'.split(' '),
      join(root, 'src', 'contract', 'index.ts')
    ],
    { stdio: 'inherit', cwd: root }
  );
  if (status !== 0) {
    throw new Error('the lint does not compile');
  }
  return directory;
}

function milliseconds(action) {
  const start = performance.now();
  action();
  return performance.now() - start;
}

const quantile = (times, part) =>
  [...times].sort((a, b) => a - b)[
    Math.min(times.length - 1, Math.floor(times.length * part))
  ];
const show = time => `${time.toFixed(1)} ms`;

const directory = compile();
try {
  const require = createRequire(import.meta.url);
  const { NotebookLinter } = require(join(directory, 'index.js'));
  const { parser } = require('@lezer/python');
  const source = notebook(cellCount, linesPerCell);
  const lines = source.cells.reduce(
    (sum, { source: text }) => sum + text.split('\n').length,
    0
  );
  console.log(`${cellCount} cells, ${lines} lines`);
  const first = milliseconds(() => {
    new NotebookLinter().lint(source);
  });
  const full = Array.from({ length: 10 }, () =>
    milliseconds(() => new NotebookLinter().lint(source))
  );
  const parsing = Array.from({ length: 10 }, () =>
    milliseconds(() =>
      source.cells.forEach(({ source: text }) => parser.parse(text))
    )
  );
  console.log(
    `full lint: ${show(first)} the first time, ${show(quantile(full, 0.5))} then (median of ${full.length}), ` +
      `${(quantile(full, 0.5) / quantile(parsing, 0.5)).toFixed(1)} times what its parser takes alone`
  );

  const linter = new NotebookLinter();
  linter.lint(source);
  const typed = 'answer = clean_7(frame_7)["a"].mean()  # typed\n';
  const times = [];
  for (let round = 0; round < 10; round++) {
    const edited = Math.floor((cellCount * (round + 0.5)) / 10);
    const before = source.cells[edited];
    for (let length = 1; length <= typed.length; length++) {
      // As from a shared document: texts are new strings each time.
      const cells = source.cells.map(each => ({
        ...each,
        source: Buffer.from(each.source).toString()
      }));
      cells[edited].source = typed.slice(0, length) + before.source;
      times.push(milliseconds(() => linter.lint({ ...source, cells })));
    }
  }
  console.log(
    `keystroke: ${show(quantile(times, 0.5))} median, ${show(quantile(times, 0.95))} 95th percentile, ${show(quantile(times, 1))} most, of ${times.length}; ` +
      `${(quantile(full, 0.5) / quantile(times, 0.5)).toFixed(0)} times as fast as a full lint`
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
