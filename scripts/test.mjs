// npm test: set up, then lint and type checks, jest, pytest and galata; one closing line with the sum.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { environment, root, script, setUp, tool } from './setup.mjs';

const reports = mkdtempSync(join(tmpdir(), 'slipway-test-'));
const browserNames = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome'
];

/** Of every runner: `{ name, message }` of a test. */
const failures = [];

function run(command, args, extra = {}) {
  return spawnSync(command, args, {
    cwd: root,
    env: environment(extra),
    stdio: 'inherit'
  });
}

function heading(text) {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 76 - text.length))}`);
}

/** Each check counts as one test. */
function checks() {
  const all = [
    ['ruff check', tool('ruff'), ['check', '.']],
    ['ruff format', tool('ruff'), ['format', '--check', '.']],
    ['mypy', tool('mypy'), []],
    ['eslint, prettier, stylelint', tool('jlpm'), ['lint:check']],
    ['tsc', tool('jlpm'), ['tsc', '--noEmit']],
    [
      'tsc over the browser tests',
      tool('jlpm'),
      ['tsc', '--noEmit', '-p', 'ui-tests']
    ]
  ];
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, command, args] of all) {
    heading(name);
    const passed = run(command, args).status === 0;
    if (!passed) {
      failures.push({ name, message: 'see above' });
    }
    counts[passed ? 'passed' : 'failed'] += 1;
    console.log(`${passed ? 'passed' : 'FAILED'}: ${name}`);
  }
  return counts;
}

/** A runner that ended without a report failed as a whole; one whose exit code says so has at least one failure. */
function checked(counts, status, name) {
  const failed = counts?.failed ?? 0;
  if (counts === undefined || (status !== 0 && failed === 0)) {
    console.log(`FAILED: ${name} ended with ${status} and no failed test`);
  }
  return {
    passed: counts?.passed ?? 0,
    failed:
      counts === undefined || (status !== 0 && failed === 0)
        ? failed + 1
        : failed,
    skipped: counts?.skipped ?? 0
  };
}

function jest() {
  heading('jest');
  const report = join(reports, 'jest.json');
  const { status } = run(tool('jlpm'), [
    'jest',
    '--json',
    `--outputFile=${report}`
  ]);
  const found = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : undefined;
  for (const suite of found?.testResults ?? []) {
    if (suite.assertionResults.length === 0 && suite.status === 'failed') {
      failures.push({ name: suite.name, message: suite.message });
    }
    for (const test of suite.assertionResults) {
      if (test.status === 'failed') {
        failures.push({
          name: test.fullName,
          message: test.failureMessages[0] ?? ''
        });
      }
    }
  }
  return checked(
    found && {
      passed: found.numPassedTests,
      failed: found.numFailedTests + found.numRuntimeErrorTestSuites,
      skipped: found.numPendingTests + found.numTodoTests
    },
    status,
    'jest'
  );
}

function pytest() {
  heading('pytest');
  const report = join(reports, 'pytest.xml');
  const { status } = run(tool('python'), [
    '-m',
    'pytest',
    '-q',
    // Much of what slow tests do is to wait. Files stay whole: what they set up is shared by their tests.
    '--numprocesses=2',
    '--dist=loadfile',
    '--no-loadscope-reorder', // files of one long test would come last, and keep one process waiting
    '--durations=25',
    `--junitxml=${report}`
  ]);
  if (!existsSync(report)) {
    return checked(undefined, status, 'pytest');
  }
  const results = readFileSync(report, 'utf8');
  for (const [, name, message] of results.matchAll(
    /<testcase [^>]*? name="([^"]*)"[^>]*>\s*<(?:failure|error) message="([^"]*)"/g
  )) {
    failures.push({ name, message });
  }
  const suite = results.match(/<testsuite [^>]*>/)?.[0] ?? '';
  const count = name =>
    Number(suite.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  return checked(
    { passed: count('tests') - failed - skipped, failed, skipped },
    status,
    'pytest'
  );
}

function findBrowser() {
  const named = process.env.SLIPWAY_CHROMIUM;
  if (named) {
    return named;
  }
  for (const name of browserNames) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], {
      encoding: 'utf8'
    });
    if (found.status === 0) {
      return found.stdout.trim();
    }
  }
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  return existsSync(mac) ? mac : undefined;
}

function playwrightTests(suite, path = []) {
  const here =
    suite.title && !suite.title.endsWith('.ts') ? [...path, suite.title] : path;
  return [
    ...(suite.specs ?? []).map(spec => ({
      spec,
      name: [...here, spec.title].join(' › ')
    })),
    ...(suite.suites ?? []).flatMap(inner => playwrightTests(inner, here))
  ];
}

function galata() {
  heading('galata (browser tests)');
  const config = ['-c', 'ui-tests/playwright.config.ts'];
  const report = join(reports, 'galata.json');
  const browser = findBrowser();
  const readTests = () =>
    existsSync(report)
      ? JSON.parse(readFileSync(report, 'utf8')).suites.flatMap(suite =>
          playwrightTests(suite)
        )
      : undefined;
  if (!browser) {
    run(
      tool('jlpm'),
      ['playwright', 'test', ...config, '--list', '--reporter=json'],
      {
        PLAYWRIGHT_JSON_OUTPUT_NAME: report
      }
    );
    const names = (readTests() ?? []).map(test => test.name);
    console.log('No Chromium on PATH (or named in SLIPWAY_CHROMIUM). Skipped:');
    names.forEach(name => console.log(`  ${name}`));
    return { passed: 0, failed: 0, skipped: names.length };
  }
  const { status } = run(
    tool('jlpm'),
    ['playwright', 'test', ...config, '--reporter=list,json'],
    {
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      SLIPWAY_CHROMIUM: browser
    }
  );
  const tests = readTests();
  const counts = tests && { passed: 0, failed: 0, skipped: 0 };
  for (const { name, spec } of tests ?? []) {
    if (!spec.ok) {
      const last = spec.tests.at(-1)?.results.at(-1);
      failures.push({ name, message: last?.error?.message ?? '' });
    }
    const results = spec.tests.map(test => test.status);
    if (results.every(result => result === 'skipped')) {
      counts.skipped += 1;
    } else {
      counts[spec.ok ? 'passed' : 'failed'] += 1;
    }
  }
  return checked(counts, status, 'galata');
}

/**
 * A long output's beginning is easily lost, and one cause often fails hundreds of tests: the causes once more, each
 * with how many it failed and the first of them.
 */
function summarise() {
  const causes = new Map();
  for (const { name, message } of failures) {
    const entities = { lt: '<', gt: '>', quot: '"', amp: '&' };
    const plain = stripVTControlCharacters(message)
      .replace(/&#10;/g, '\n')
      .replace(/&(lt|gt|quot|amp);/g, (_, entity) => entities[entity])
      .trim();
    const cause = plain.split('\n')[0].replace(/\d+/g, '#');
    const known = causes.get(cause) ?? {
      count: 0,
      name,
      text: plain.split('\n').slice(0, 2).join(' ').slice(0, 240)
    };
    causes.set(cause, { ...known, count: known.count + 1 });
  }
  const shown = [...causes.values()].sort((a, b) => b.count - a.count);
  if (shown.length > 0) {
    heading('what failed');
  }
  for (const { count, name, text } of shown.slice(0, 15)) {
    console.log(`${count} × ${text}\n    ${count > 1 ? 'first: ' : ''}${name}`);
  }
  if (shown.length > 15) {
    console.log(`and ${shown.length - 15} other causes`);
  }
}

function main() {
  setUp();
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const runner of [checks, jest, pytest, galata]) {
    for (const [outcome, count] of Object.entries(runner())) {
      sum[outcome] += count;
    }
  }
  rmSync(reports, { recursive: true, force: true });
  summarise();
  const skipped = sum.skipped ? `, ${sum.skipped} skipped` : '';
  console.log(`\n${sum.passed} passed, ${sum.failed} failed${skipped}`);
  return sum.failed ? 1 : 0;
}

await script(main);
