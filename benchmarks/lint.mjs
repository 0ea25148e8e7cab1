// Times the lint on a notebook of 1,000 cells and 20,000 lines: all of it at once, and again after each keystroke.
//   node benchmarks/lint.mjs [CELLS] [LINES A CELL]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** Code as notebooks have it, of their length a line: imports, tables, loops, functions, comprehensions. */
function cell(number) {
  const before = Math.max(0, number - 1);
  const lines = [
    `# Step ${number}: clean, fit and look`,
    `import pandas as pd`,
    `frame_${number} = pd.DataFrame({"a": range(${number}), "b": [x ** 2 for x in range(${number})]})`,
    `limit_${number} = ${number} if frame_${number} is None else limit_${before}`,
    `def clean_${number}(table, *, limit=limit_${number}, **options):`,
    `    """Drops what is above the limit."""`,
    `    kept = table[table["a"] < limit].assign(c=lambda t: t["a"])`,
    `    for name, column in kept.items():`,
    `        if column.isna().any():`,
    `            print(f"{name!r}: {column.isna().sum():>{8}} missing")`,
    `    return kept.dropna(subset=[name for name in kept])`,
    `try:`,
    `    result_${number} = clean_${number}(frame_${number})`,
    `except (KeyError, ValueError) as error:`,
    `    result_${number} = None; print("failed", error)`,
    `with open("log_${number}.txt", "w") as log:`,
    `    log.write(str(result_${number}))`,
    ``,
    `# How many there are`,
    `totals_${number} = [len(x) for x in result_${number}]`,
    `print(totals_${number})`
  ];
  while (lines.length < linesPerCell) {
    lines.splice(-1, 0, `value_${lines.length} = ${lines.length} + ${number}`);
  }
  return lines.slice(0, linesPerCell).join('\n');
}

function notebook() {
  const cells = Array.from({ length: cellCount }, (_, index) => ({
    id: `${index}`,
    type: 'code',
    source: cell(index)
  }));
  cells[0].source =
    'limit_0 = 1\nrequirements = [["pandas", "2.2.3"]]\n' + cells[0].source;
  cells[cellCount - 1].source +=
    '\ndef predictor(x):\n    return clean_1(pd.DataFrame(x)).to_dict()';
  return { cells, language: 'python', languageVersion: '3.11.7' };
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
  const { NotebookLinter } = createRequire(import.meta.url)(
    join(directory, 'index.js')
  );
  const source = notebook();
  const lines = source.cells.reduce(
    (sum, { source: text }) => sum + text.split('\n').length,
    0
  );
  console.log(`${cellCount} cells, ${lines} lines`);
  let problems;
  const first = milliseconds(() => {
    problems = new NotebookLinter().lint(source);
  });
  const full = Array.from({ length: 10 }, () =>
    milliseconds(() => new NotebookLinter().lint(source))
  );
  console.log(
    `full lint: ${show(first)} the first time, ${show(quantile(full, 0.5))} then (median of ${full.length}); ${problems.length} problems`
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
