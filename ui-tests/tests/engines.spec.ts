import { expect, test } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import type { IEngineList, IEngineView } from '../../src/deployments/wire';
import { leftInDocker, whyNoDocker } from '../docker';
import { notebook } from '../notebooks';
import {
  access,
  button,
  card,
  expectState,
  open,
  panel,
  remove,
  showPanel
} from '../panel';

const DOUBLING = ['def predictor(x):\n    return 2 * x + 1', 'predictor(4)'];
const SOUND = notebook('requirements = []', ...DOUBLING);
/** The address of the list, whatever query keeps it out of caches. */
const ENGINES = /\/slipway\/engines(\?|$)/;
const WITHOUT_DOCKER = whyNoDocker();

const field = (page: IJupyterLabPageFixture): Locator =>
  panel(page).locator('.jp-Slipway-engines');
const summary = (page: IJupyterLabPageFixture): Locator =>
  field(page).locator('summary');
const radio = (page: IJupyterLabPageFixture, name: string | RegExp): Locator =>
  field(page).getByRole('radio', { name, exact: true });

/** What the panel gets instead of the server's engines. */
async function pretend(
  page: IJupyterLabPageFixture,
  engines: Partial<IEngineView>[]
): Promise<void> {
  await page.route(ENGINES, route =>
    route.fulfill({
      json: {
        engines: engines.map(engine => ({
          available: true,
          default: false,
          detail: '',
          ...engine
        }))
      }
    })
  );
}

test.describe('the choice of an engine', () => {
  test('shows what the server has, is made by keyboard and outlasts a reload', async ({
    page,
    tmpPath
  }) => {
    await open(page, tmpPath, 'sound', SOUND);
    await showPanel(page);
    await expect(summary(page)).toHaveText('Engine: Automatic (Process)');
    await summary(page).focus();
    await page.keyboard.press('Enter');

    const answer = await page.request.get('slipway/engines');
    const { engines } = (await answer.json()) as IEngineList;
    const choices = field(page).locator('.jp-Slipway-engine');
    await expect(choices).toHaveCount(engines.length + 1);
    for (const { name, available, detail } of engines) {
      const choice = field(page).locator(
        `.jp-Slipway-engine[data-engine="${name}"]`
      );
      await expect(choice).toContainText(detail.replaceAll('`', ''));
      await expect(choice.getByRole('radio')).toBeEnabled({
        enabled: available
      });
    }

    await radio(page, 'Automatic (Process)').focus();
    await page.keyboard.press('ArrowUp'); // round to the last one, which works everywhere
    await expect(radio(page, 'Process')).toBeChecked();
    await expect(summary(page)).toHaveText('Engine: Process');

    // Not galata's reload, which waits for the launcher: the page opens on its notebook.
    await page.evaluate(() => {
      document.body.dataset.isOld = 'true';
      window.location.reload();
    });
    await page
      .locator('body:not([data-is-old]) #jp-right-stack')
      .waitFor({ state: 'attached' });
    await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
    await showPanel(page);
    await expect(summary(page)).toHaveText('Engine: Process');
  });

  test('tells what an engine lacks, finds it when it is there, and says what the server does of one that is gone', async ({
    page,
    tmpPath
  }) => {
    const steam = {
      name: 'steam',
      available: false,
      detail: 'Steam is not installed. Light a fire: `steam up`.'
    };
    const automatic = { name: 'process', default: true };
    await pretend(page, [steam, automatic]);
    await open(page, tmpPath, 'gone', SOUND);
    await showPanel(page);
    await summary(page).click();
    await expect(radio(page, /^steam/)).toBeDisabled();
    await expect(field(page)).toContainText('Light a fire: steam up.');

    await pretend(page, [{ ...steam, available: true }, automatic]);
    await field(page)
      .getByRole('button', { name: 'Look for engines again' })
      .click();
    await radio(page, /^steam/).check();
    await page.unroute(ENGINES);
    await button(page).click();

    const refusal = panel(page)
      .locator('.jp-Slipway-notebook')
      .getByRole('alert');
    await expect(refusal).toContainText('SLP564');
    await expect(refusal).toContainText("There is no engine named 'steam'");
    await expect(card(page, 'gone')).toHaveCount(0);
    // The panel has asked what there is by now.
    await expect(field(page)).toContainText('no engine named steam');

    await radio(page, 'Process').check();
    await button(page).click();
    const deployment = card(page, 'gone');
    await expectState(deployment, 'live');
    await expect(deployment.locator('.jp-Slipway-facts')).toContainText(
      'release 1, Process'
    );
    await expect(refusal).toHaveCount(0);
  });

  test('stays usable where the engines cannot be listed', async ({
    page,
    tmpPath
  }) => {
    await page.route(ENGINES, route =>
      route.fulfill({ status: 500, body: 'no' })
    );
    await open(page, tmpPath, 'unlisted', SOUND);
    await showPanel(page);
    await expect(summary(page)).toHaveText('Engine: Automatic');
    await summary(page).click();
    await expect(field(page).getByRole('status')).toContainText(
      'The engines could not be listed.'
    );
    await page.unroute(ENGINES);
    await field(page)
      .getByRole('button', { name: 'Look for engines again' })
      .click();
    await expect(radio(page, 'Process')).toBeVisible();
  });
});

test.describe('Docker, chosen in the panel', () => {
  test.skip(WITHOUT_DOCKER !== '', WITHOUT_DOCKER);

  test('runs the cells inside the build, which one cancels; serves, and is stopped and removed', async ({
    page,
    tmpPath
  }) => {
    test.setTimeout(600_000);
    const steps =
      'import os, time\nprint("user", os.getuid(), flush=True)\n' +
      'for step in range(SECONDS):\n    print("step", step, flush=True)\n    time.sleep(1)';
    const cells = (seconds: number) =>
      notebook(
        'requirements = []',
        steps.replace('SECONDS', String(seconds)),
        ...DOUBLING
      );

    await open(page, tmpPath, 'ui-cancelled', cells(600));
    await showPanel(page);
    await summary(page).click();
    await radio(page, 'Docker').check();
    await button(page).click();
    const cancelled = card(page, 'ui-cancelled');
    await expect(cancelled.locator('.jp-Slipway-facts')).toContainText(
      'release 1, Docker'
    );
    // The builder's own user: these cells run in the image build, and not on this machine.
    await expect(cancelled.getByText('user 10001')).toBeVisible({
      timeout: 300_000
    });
    await expect(cancelled.getByText('step 1', { exact: true })).toBeVisible();
    await expect(cancelled.getByText('cell 2 (2 of 4 that run)')).toBeVisible();
    await cancelled
      .getByRole('button', { name: 'Cancel', exact: true })
      .click();
    await expectState(cancelled, 'cancelled', 60_000);
    expect(leftInDocker('ui-cancelled')).toEqual([]);
    await remove(page, cancelled);

    await open(page, tmpPath, 'ui-shipped', cells(3));
    await expect(summary(page)).toHaveText('Engine: Docker');
    await button(page).click();
    const shipped = card(page, 'ui-shipped');
    await expectState(shipped, 'live', 300_000);
    for (const phase of ['install', 'execute', 'package', 'probe', 'live']) {
      await expect(shipped.locator(`[data-phase="${phase}"]`)).toHaveAttribute(
        'data-status',
        'done'
      );
    }
    const { url, token } = await access(page, 'ui-shipped');
    const answer = await page.request.post(`${url}/predict`, {
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json'
      },
      data: Buffer.from('20')
    });
    expect(await answer.json()).toBe(41);
    expect(leftInDocker('ui-shipped')).not.toEqual([]);

    await shipped.getByRole('button', { name: 'Stop', exact: true }).click();
    await expectState(shipped, 'stopped', 60_000);
    await expect(
      page.request.get(`${url}/livez`, { timeout: 5000 })
    ).rejects.toThrow();
    await remove(page, shipped);
    expect(leftInDocker('ui-shipped')).toEqual([]);
  });
});
