import { expect, test } from '@jupyterlab/galata';
import { notebook } from '../notebooks';

test.describe('a model that differs from itself', () => {
  test('is deployed from its failed release when one accepts that, and says so', async ({
    page,
    tmpPath
  }) => {
    const path = `${tmpPath}/noise.ipynb`;
    await page.contents.uploadContent(
      notebook(
        'requirements = []',
        'import random',
        'def predictor(x):\n    return x + random.random()',
        'examples = [1]'
      ),
      'text',
      path
    );
    await page.notebook.openByPath(path);
    await page.notebook.activate('noise.ipynb');
    await page
      .locator('.jp-NotebookPanel-toolbar')
      .getByText('Deploy as service')
      .click();
    const deployment = page.locator('#slipway-panel [data-deployment="noise"]');
    await expect(deployment).toHaveAttribute('data-state', 'failed', {
      timeout: 180_000
    });
    await expect(deployment.getByRole('alert')).toContainText('SLP543');

    await deployment
      .getByRole('button', { name: 'Deploy anyway, answers may differ' })
      .click();
    await expect(deployment).toContainText('release 2');
    await expect(deployment).toHaveAttribute('data-state', 'live', {
      timeout: 180_000
    });
    const warning = deployment.locator(
      '.jp-Slipway-problem[data-severity="warning"]'
    );
    await expect(warning).toContainText('SLP543');
    await expect(warning).toContainText('This was accepted');
  });
});
