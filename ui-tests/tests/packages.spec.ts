import { expect, test } from '@jupyterlab/galata';
import { notebook } from '../notebooks';

test.describe('the packages of a service', () => {
  test('are shown with what was left out, which one keeps from there', async ({
    page,
    tmpPath
  }) => {
    const path = `${tmpPath}/roots.ipynb`;
    await page.contents.uploadContent(
      notebook(
        'requirements = [["iniconfig", "2.1.0"], ["six", "1.17.0"]]',
        'import six',
        'def predictor(x):\n    return six.ensure_str(x).upper()',
        'examples = ["a"]'
      ),
      'text',
      path
    );
    await page.notebook.openByPath(path);
    await page.notebook.activate('roots.ipynb');
    await page
      .locator('.jp-NotebookPanel-toolbar')
      .getByText('Deploy as service')
      .click();
    const deployment = page.locator('#slipway-panel [data-deployment="roots"]');
    await expect(deployment).toHaveAttribute('data-state', 'live', {
      timeout: 180_000
    });

    const summary = deployment.locator('summary', { hasText: 'Packages' });
    await expect(summary).toContainText('Packages: 2 of 3');
    await summary.focus();
    await page.keyboard.press('Enter');
    const table = deployment.getByRole('table');
    const row = (name: string) => table.locator(`[data-package="${name}"]`);
    await expect(row('six')).toContainText('1.17.0');
    await expect(row('six')).toHaveAttribute('data-kept', 'true');
    await expect(row('iniconfig')).toHaveAttribute('data-kept', 'false');
    await expect(row('iniconfig')).toContainText(
      'nothing that serves imports it'
    );

    await deployment.getByLabel('Keep iniconfig').focus();
    await page.keyboard.press('Space');
    await deployment
      .getByRole('button', { name: 'Keep 1 and redeploy' })
      .click();
    await expect(deployment).toContainText('release 2');
    await expect(deployment).toHaveAttribute('data-state', 'live', {
      timeout: 180_000
    });
    await expect(summary).toContainText(/^Packages: 3,/);
    await summary.click();
    await expect(row('iniconfig')).toHaveAttribute('data-kept', 'true');
    await expect(row('iniconfig')).toContainText('you asked to keep it');

    // It is the notebook that remembers.
    const saved = await page.request.get(`api/contents/${path}`);
    expect((await saved.json()).content.metadata.slipway).toEqual({
      keep: ['iniconfig']
    });
  });
});
