/* global window, requestAnimationFrame */
// Types in a notebook of 1,000 cells in a real browser, with Slipway and without, in turns, and compares the frames.
//   SLIPWAY_CHROMIUM=$(command -v chromium) node benchmarks/typing.mjs [CELLS] [ROUNDS]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { notebook } from './notebook.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [cellCount, rounds] = [
  Number(process.argv[2] ?? 1000),
  Number(process.argv[3] ?? 3)
];
const text = 'answer = clean_7(frame_7)["a"].mean()  # typed as one types. ';
const port = 21_000 + (process.pid % 20_000);
const home = mkdtempSync(join(tmpdir(), 'slipway-typing-'));

function ipynb() {
  const { cells } = notebook(cellCount, 20);
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: 'none', display_name: 'none', language: 'python' }
    },
    cells: cells.map(({ id, source }) => ({
      id: `cell${id}`,
      cell_type: 'code',
      source,
      metadata: {},
      outputs: [],
      execution_count: null
    }))
  });
}

async function waitForServer(url) {
  for (let attempt = 0; attempt < 240; attempt++) {
    try {
      if ((await fetch(url)).ok) {
        return;
      }
    } catch {
      // Not yet.
    }
    await new Promise(resolve => setTimeout(resolve, 250));
  }
  throw new Error('JupyterLab does not answer');
}

/** Takes Slipway out of the page's configuration. */
async function withoutSlipway(page) {
  await page.route(/\/lab(\/tree\/.*)?(\?.*)?$/, async route => {
    const response = await route.fetch();
    const body = (await response.text()).replace(
      /(<script id="jupyter-config-data" type="application\/json">)([^]*?)(<\/script>)/,
      (_, open, json, close) => {
        const config = JSON.parse(json);
        config.federated_extensions = config.federated_extensions.filter(
          ({ name }) => name !== 'jupyterlab-slipway'
        );
        return open + JSON.stringify(config) + close;
      }
    );
    await route.fulfill({ response, body });
  });
}

/** Times between frames, in milliseconds, while keys are pressed as by a fast typist. */
async function framesOfTyping(browser, isWith) {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 900 }
  });
  if (!isWith) {
    await withoutSlipway(page);
  }
  await page.goto(`http://127.0.0.1:${port}/lab/tree/large.ipynb?reset`);
  const cell = page.locator('.jp-Notebook .jp-CodeCell .cm-content').nth(2);
  await cell.waitFor({ timeout: 120_000 });
  const dialog = page.locator('.jp-Dialog button', { hasText: 'No Kernel' });
  await dialog.click({ timeout: 5_000 }).catch(() => undefined);
  // What starting takes is not typing.
  await page.waitForTimeout(8_000);
  const isThere = (await page.getByText('Deploy as service').count()) > 0;
  if (isThere !== isWith) {
    throw new Error(`Slipway is ${isThere ? '' : 'not '}in the page`);
  }
  await cell.click();
  await page.keyboard.press('Control+Home');
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const next = now => {
      window.frames_.push(now - last);
      last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  for (let repeat = 0; repeat < 3; repeat++) {
    await page.keyboard.type(text, { delay: 40 });
  }
  const frames = await page.evaluate(() => window.frames_.slice(1));
  await page.close();
  return frames;
}

function describe(name, frames) {
  const sorted = [...frames].sort((a, b) => a - b);
  const at = part =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  const late = frames.filter(frame => frame > 34).length;
  console.log(
    `${name}: ${frames.length} frames, median ${at(0.5).toFixed(1)} ms, 95th percentile ${at(0.95).toFixed(1)} ms, longest ${at(1).toFixed(0)} ms; ` +
      `${((100 * late) / frames.length).toFixed(1)} % later than one frame`
  );
}

writeFileSync(join(home, 'large.ipynb'), ipynb());
const server = spawn(
  join(root, '.venv', 'bin', 'jupyter'),
  [
    'lab',
    '--no-browser',
    '--allow-root',
    '--IdentityProvider.token=',
    '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0'
  ],
  {
    cwd: home,
    env: { ...process.env, HOME: home, SLIPWAY_HOME: join(home, 'slipway') },
    stdio: 'ignore'
  }
);
try {
  await waitForServer(`http://127.0.0.1:${port}/api`);
  const browser = await chromium.launch({
    executablePath: process.env.SLIPWAY_CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic']
  });
  const frames = { with: [], without: [] };
  for (let round = 0; round < rounds; round++) {
    frames.without.push(...(await framesOfTyping(browser, false)));
    frames.with.push(...(await framesOfTyping(browser, true)));
  }
  await browser.close();
  console.log(
    `${cellCount} cells, ${rounds} rounds of ${3 * text.length} keys each`
  );
  describe('without Slipway', frames.without);
  describe('with Slipway   ', frames.with);
} finally {
  server.kill();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
