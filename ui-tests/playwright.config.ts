/**
 * Browser tests on a real JupyterLab with the real server extension and real builds.
 *
 * The browser is the one named in SLIPWAY_CHROMIUM. Records go to a home of their own.
 */
import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';
import type { PlaywrightTestConfig } from '@playwright/test';

// This file is read again by each worker process, which must see the same places.
process.env.SLIPWAY_UI_HOME ??= mkdtempSync(join(tmpdir(), 'slip-ui-'));
// The default; tests of another engine choose it in the panel.
process.env.SLIPWAY_ENGINE = 'process';
// Those that `.ci/base-images` makes.
process.env.SLIPWAY_BASE_IMAGES ??= '3.11=localhost/python:3.11-bookworm';
process.env.SLIPWAY_UI_PORT ??= String(20000 + (process.pid % 20000));
// Where galata's Jupyter server keeps the tests' files, so that tests can change them behind its back.
process.env.SLIPWAY_UI_FILES ??= mkdtempSync(join(tmpdir(), 'slip-ui-files-'));
const home = process.env.SLIPWAY_UI_HOME;
const url = `http://127.0.0.1:${process.env.SLIPWAY_UI_PORT}`;

const configuration: PlaywrightTestConfig = {
  testDir: resolve(__dirname, 'tests'),
  outputDir: resolve(__dirname, 'test-results'),
  globalTeardown: resolve(__dirname, 'teardown.ts'),
  timeout: 240_000,
  expect: { timeout: 60_000 },
  retries: 0,
  workers: 1,
  reporter: [['list']],
  use: {
    // Else a click on what is not there waits for the end of the test.
    actionTimeout: 60_000,
    viewport: { width: 1280, height: 900 },
    baseURL: url,
    video: 'off',
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.SLIPWAY_CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  webServer: {
    command: 'jupyter lab --config jupyter_server_test_config.py',
    cwd: __dirname,
    url: `${url}/lab`,
    timeout: 120_000,
    reuseExistingServer: false,
    // Jupyter's log, when a test has to be understood: SLIPWAY_UI_LOG=1.
    stdout: process.env.SLIPWAY_UI_LOG ? 'pipe' : 'ignore',
    stderr: process.env.SLIPWAY_UI_LOG ? 'pipe' : 'ignore',
    // Jupyter asks nothing when it is ended, and its services go on: the teardown ends those.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
    env: {
      ...(process.env as Record<string, string>),
      SLIPWAY_HOME: home,
      JUPYTERLAB_GALATA_ROOT_DIR: process.env.SLIPWAY_UI_FILES
    }
  }
};

export default configuration;
