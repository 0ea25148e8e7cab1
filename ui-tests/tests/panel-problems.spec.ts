import { expect, test } from '@jupyterlab/galata';
import { spawnSync } from 'child_process';
import { cell, deployButton, editEnd, mark, openCells } from '../cells';
import { panel, showPanel } from '../panel';

/** The version of a package beside the kernel. */
function installed(name: string): string {
  const { stdout } = spawnSync(
    'python',
    ['-c', `from importlib.metadata import version; print(version("${name}"))`],
    { encoding: 'utf8' }
  );
  return stdout.trim();
}

test.describe('problems in the panel', () => {
  test('a version that is missing is the one beside the live kernel, or the newest', async ({
    page,
    tmpPath
  }) => {
    await openCells(
      page,
      tmpPath,
      'versions',
      'requirements = [["PyYAML", ""], ["six", ""]]',
      'import six, yaml\nexamples = ["1"]',
      'def predictor(x):\n    return yaml.safe_load(six.ensure_str(x))'
    );
    await showPanel(page);
    const first = cell(page, 0);
    await panel(page).getByText('Pin PyYAML to the installed version').click();
    await expect(first).toContainText(`["PyYAML", "${installed('PyYAML')}"]`);
    await panel(page).getByText('Pin six to the newest version').click();
    await expect(first).toContainText(/\["six", "\d+(\.\d+)+"\]/);
    await expect(mark(first)).toHaveCount(0);
  });

  test("a cell that a fix adds is one step for the notebook's undo", async ({
    page,
    tmpPath
  }) => {
    await openCells(
      page,
      tmpPath,
      'added',
      'requirements = []',
      'def predictor(x):\n    return x'
    );
    await showPanel(page);
    await panel(page)
      .locator('[data-code="SLP131"]')
      .getByRole('button', { name: 'Declare examples', exact: true })
      .click();
    const cells = page.locator('.jp-Notebook .jp-Cell');
    await expect(cells).toHaveCount(3);
    await page.notebook.selectCells(0);
    await page.keyboard.press('z');
    await expect(cells).toHaveCount(2);
    await expect(panel(page).locator('[data-code="SLP131"]')).toBeVisible();
  });

  test('a rule has its page, and can be switched off', async ({
    page,
    tmpPath
  }) => {
    await openCells(
      page,
      tmpPath,
      'rule',
      'requirements = []',
      'print(nothing)\ndef predictor(x):\n    return x'
    );
    const heading = page.getByRole('heading', {
      name: 'SLP202 undefined-name'
    });
    const card = page.locator('.jp-Slipway-card');
    for (const place of ['.cm-lintRange-error', '.cm-lint-marker-error']) {
      // The page comes beside the notebook, and no card is left over it.
      await cell(page, 1).locator(place).hover();
      await card.getByRole('button', { name: 'SLP202' }).click();
      await expect(heading).toBeVisible();
      await expect(card).toHaveCount(0);
      await page.notebook.activate('rule.ipynb');
    }

    await showPanel(page);
    const row = panel(page).locator('[data-code="SLP202"]');
    await row.getByRole('button', { name: 'SLP202' }).click();
    await expect(heading).toBeVisible();

    await row.hover();
    await row.getByRole('button', { name: 'Switch off' }).click();
    await expect(row).toHaveCount(0);
    await page.notebook.activate('rule.ipynb');
    await expect(mark(cell(page, 1))).toHaveCount(0);
  });

  test('what the build finds stands at its cell until that is changed', async ({
    page,
    tmpPath
  }) => {
    await openCells(
      page,
      tmpPath,
      'found',
      'requirements = []',
      'data = {}\ndata["price"]',
      'def predictor(x):\n    return x'
    );
    await deployButton(page).getByText('Deploy as service').click();
    const row = panel(page)
      .getByRole('group', { name: 'Cell 2' })
      .locator('[data-code="SLP520"]');
    await expect(row).toContainText('found by the build', { timeout: 180_000 });
    await row.getByTitle('Go to the place').click();
    await expect(cell(page, 1)).toHaveClass(/jp-mod-active/);
    await editEnd(cell(page, 1));
    await page.keyboard.type('  # later');
    await expect(row).toHaveCount(0);
  });

  test("requirements are written from the imports, with the kernel's versions", async ({
    page,
    tmpPath
  }) => {
    await openCells(
      page,
      tmpPath,
      'imports',
      'import yaml',
      'def predictor(x):\n    return yaml.safe_load(x)',
      'examples = ["1"]'
    );
    await showPanel(page);
    await expect(
      page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    ).toBeAttached();
    const problem = panel(page).locator('[data-code="SLP101"]');
    await problem.locator('.jp-Slipway-fix').first().click();

    const added = page.locator('.jp-Notebook .jp-Cell', {
      hasText: 'requirements'
    });
    await expect(added).toContainText('PyYAML');
    await expect(added).toContainText(installed('PyYAML'));
    await expect(problem).toHaveCount(0);

    // One step for the notebook's own undo.
    await page.notebook.selectCells(0);
    await page.keyboard.press('z');
    await expect(added).toHaveCount(0);
    await expect(problem).toBeVisible();
  });
});
