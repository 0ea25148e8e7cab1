import { expect, test } from '@jupyterlab/galata';
import { example, notebook, predictionOf } from '../notebooks';
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

test.describe('deploying from the toolbar', () => {
  test('takes the example from the button to a prediction', async ({
    page,
    tmpPath
  }) => {
    const text = example('kmeans.ipynb');
    await open(page, tmpPath, 'kmeans', text);
    await button(page).click();

    const deployment = card(page, 'kmeans');
    await expectState(deployment, 'building');
    await expect(deployment.getByRole('log')).toContainText('Check', {
      timeout: 60_000
    });
    await expectState(deployment, 'live');
    for (const phase of [
      'check',
      'resolve',
      'install',
      'execute',
      'capture',
      'slim',
      'verify',
      'package',
      'start',
      'probe',
      'live'
    ]) {
      await expect(
        deployment.locator(`[data-phase="${phase}"]`)
      ).toHaveAttribute('data-status', 'done');
    }

    const url = await deployment.locator('.jp-Slipway-url').innerText();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/predict$/);
    const { token } = await access(page, 'kmeans');
    const sample = '[0.3, 0.8]';
    const answer = await page.request.post(url, {
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json'
      },
      data: Buffer.from(sample)
    });
    expect(answer.status()).toBe(200);
    expect(await answer.json()).toEqual(predictionOf(text, sample));

    const refused = await page.request.post(url, {
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json'
      },
      data: Buffer.from('[1, 2, 3]')
    });
    expect(refused.status()).toBe(422);

    // The page of its API: there with one click, and what is tried in it is scored.
    const opened = page.context().waitForEvent('page');
    await deployment.getByRole('button', { name: 'API docs' }).click();
    const docs = await opened;
    const requests: string[] = [];
    const complaints: string[] = [];
    docs.on('request', request => requests.push(request.url()));
    docs.on('console', message => complaints.push(message.text()));
    const operation = docs.locator('#operations-Predictions-predict');
    await operation.locator('.opblock-summary-control').click();
    expect(docs.url()).not.toContain(token);
    await operation.locator('textarea').fill(sample);
    await operation.getByRole('button', { name: 'Execute' }).click();
    await expect(
      operation.locator('.live-responses-table .response-col_description pre')
    ).toContainText([String(predictionOf(text, sample))]);
    await docs.reload();
    await expect(operation).toBeVisible();
    expect(complaints).toEqual([]);
    const service = url.replace('/predict', '/');
    expect(
      requests.filter(request => !/^data:/.test(request))
    ).not.toContainEqual(expect.not.stringContaining(service));
    await docs.close();
  });

  test('shows everything again after a reload in the middle of a build; redeploys, goes back, stops and removes', async ({
    page,
    tmpPath
  }) => {
    const text = notebook(
      'requirements = []',
      'import time\nfor step in range(8):\n    print("step", step, flush=True)\n    time.sleep(1)',
      'def predictor(x):\n    return 2 * x + 1',
      'predictor(4)'
    );
    await open(page, tmpPath, 'line', text);
    await button(page).click();
    const deployment = card(page, 'line');
    await expect(deployment.getByText('step 1')).toBeVisible({
      timeout: 120_000
    });

    // What is built is the notebook as it was; the next release gets this.
    await page.notebook.setCell(1, 'code', 'step = 2');
    await page.notebook.setCell(
      2,
      'code',
      'def predictor(x):\n    return 2 * x + step'
    );
    await page.notebook.save();

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
    await expectState(deployment, 'live');
    const summary = deployment.locator('summary', { hasText: 'Log' });
    if (!(await deployment.getByRole('log').isVisible())) {
      await summary.click();
    }
    await deployment.getByLabel('Follow').uncheck();
    await deployment.getByRole('log').evaluate(node => {
      node.style.height = '2000px';
      node.scrollTop = 0;
    });
    for (let step = 0; step < 8; step++) {
      await expect(
        deployment.getByText(`step ${step}`, { exact: true })
      ).toHaveCount(1);
    }

    const { url, token } = await access(page, 'line');
    await deployment
      .getByRole('button', { name: 'Redeploy', exact: true })
      .click();
    await expect(deployment).toContainText('release 2');
    await expectState(deployment, 'live');
    expect((await access(page, 'line')).url).toBe(url);
    const predict = async () => {
      const answer = await page.request.post(`${url}/predict`, {
        headers: { Authorization: `Bearer ${token}` },
        data: 4
      });
      return (await answer.json()) as unknown;
    };
    expect(await predict()).toBe(10);

    // Back to release 1, by keyboard alone.
    await deployment.getByText('Go back to an earlier release').focus();
    await page.keyboard.press('Enter');
    const choice = deployment.getByRole('radio');
    await expect(choice).toHaveCount(2);
    await expect(choice.first()).toHaveAccessibleName('Release 2 live');
    await choice.first().focus();
    await page.keyboard.press('ArrowDown');
    await expect(
      deployment.getByRole('radio', { name: 'Release 1 replaced' })
    ).toBeChecked();
    await expect(deployment.getByRole('status')).toContainText(
      'Release 1 takes the place of release 2'
    );
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(deployment).toContainText('release 3 (of 1)');
    await expectState(deployment, 'live');
    await expect(
      deployment.getByRole('button', { name: 'live, back at release 1' })
    ).toBeFocused();
    expect(await access(page, 'line')).toMatchObject({ url, token });
    // On a connection that was open already, the release before may have a last answer.
    await expect.poll(predict, { timeout: 5000 }).toBe(9);

    await deployment.getByRole('button', { name: 'Stop', exact: true }).click();
    await expectState(deployment, 'stopped');
    await expect(
      page.request.get(`${url}/livez`, { timeout: 5000 })
    ).rejects.toThrow();

    await remove(page, deployment);
  });

  test('leads from a broken notebook to the cell', async ({
    page,
    tmpPath
  }) => {
    await open(
      page,
      tmpPath,
      'broken',
      notebook(
        'requirements = [["numpy", "not a version"]]',
        'model = 1',
        'def predictor(x, y):\n    return model'
      )
    );
    await button(page).click();

    await expect(panel(page).locator('[data-code="SLP106"]')).toBeVisible();
    const arity = panel(page)
      .getByRole('group', { name: 'Cell 3' })
      .locator('[data-code="SLP112"]');
    await expect(arity).toBeVisible();
    await expect(card(page, 'broken')).toHaveCount(0);

    await arity.getByTitle('Go to the place').click();
    const cell = page.locator('.jp-Notebook .jp-Cell').nth(2);
    await expect(cell).toHaveClass(/jp-mod-active/);
    await expect(cell.locator('.cm-content')).toBeFocused();
  });

  test('shows the cell that failed, and goes there', async ({
    page,
    tmpPath
  }) => {
    await open(
      page,
      tmpPath,
      'raises',
      notebook(
        'requirements = []',
        'data = {}\ndata["price"]',
        'def predictor(x):\n    return x'
      )
    );
    // Too low for all that the panel has to say of it.
    await page.setViewportSize({ width: 1280, height: 480 });
    await button(page).click();

    const deployment = card(page, 'raises');
    await expectState(deployment, 'failed');
    const problem = deployment.getByRole('alert');
    await expect(
      deployment.getByRole('button', { name: 'raises failed' })
    ).toBeInViewport({ ratio: 1 });
    await expect(problem).toBeInViewport({ ratio: 1 });
    await page.setViewportSize({ width: 1280, height: 900 });
    await expect(problem).toContainText('SLP520');
    await expect(problem).toContainText('data["price"]');
    await problem.locator('summary').click();
    await expect(problem.locator('pre')).toContainText('KeyError');

    await problem.getByRole('button', { name: 'Cell 2, line 2' }).click();
    await expect(page.locator('.jp-Notebook .jp-Cell').nth(1)).toHaveClass(
      /jp-mod-active/
    );
  });
});
