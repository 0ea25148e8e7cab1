import { expect, test } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { spawnSync } from 'child_process';
import { notebook } from '../notebooks';

const panel = (page: IJupyterLabPageFixture) => page.locator('#slipway-panel');
const cell = (page: IJupyterLabPageFixture, index: number) =>
  page.locator('.jp-Notebook .jp-Cell').nth(index);
const mark = (where: Locator) => where.locator('.cm-lintRange-error');
const button = (page: IJupyterLabPageFixture) =>
  page.locator('.jp-NotebookPanel-toolbar .jp-Slipway-deploy');

async function open(
  page: IJupyterLabPageFixture,
  tmpPath: string,
  name: string,
  ...cells: string[]
): Promise<void> {
  const path = `${tmpPath}/${name}.ipynb`;
  await page.contents.uploadContent(notebook(...cells), 'text', path);
  await page.notebook.openByPath(path);
  await page.notebook.activate(`${name}.ipynb`);
}

async function openPanel(page: IJupyterLabPageFixture): Promise<void> {
  if (!(await panel(page).isVisible())) {
    await page.getByTitle('Slipway: notebooks as services').click();
  }
}

/** The text of a cell as its author sees it. */
async function textOf(where: Locator): Promise<string> {
  const lines = await where.locator('.cm-line').allInnerTexts();
  return lines.map(line => line.replace(/\n$/, '')).join('\n');
}

/** Sets the cursor behind the last character of a cell. */
async function editEnd(where: Locator): Promise<void> {
  await where.locator('.cm-content').click();
  await where.page().keyboard.press('ControlOrMeta+End');
}

test.describe('problems in cells', () => {
  test('a mistake is marked as one types, fixed, brought back, corrected, and the notebook goes live', async ({
    page,
    tmpPath
  }) => {
    await open(
      page,
      tmpPath,
      'scale',
      'requirements = []',
      'scale = 3',
      'def predictor(x):\n    return x * scale',
      'predictor(2)'
    );
    const second = cell(page, 1);
    await expect(button(page).locator('.jp-Slipway-badge')).toHaveCount(0);
    await editEnd(second);
    await page.keyboard.type('\nprint(scal)');

    await expect(mark(second)).toHaveText('scal');
    await expect(second.locator('.cm-lint-marker-error')).toBeVisible();
    await expect(button(page).locator('.jp-Slipway-badge')).toHaveText('1');

    // The button leads to the problem, says so, and deploys nothing.
    await button(page).getByText('Deploy as service').click();
    const stopped = panel(page).getByRole('alert');
    await expect(stopped).toContainText('Not deployed while there is 1 error');
    await button(page).getByText('Deploy as service').click();
    await expect(stopped).toBeVisible();
    await expect(
      panel(page)
        .getByRole('group', { name: 'Cell 2' })
        .locator('[data-code="SLP202"]')
    ).toBeVisible();
    await expect(panel(page).locator('[data-deployment="scale"]')).toHaveCount(
      0
    );

    await mark(second).hover();
    const card = page.locator('.cm-tooltip .jp-Slipway-card');
    await expect(card).toContainText('scal');
    await card.getByRole('button', { name: /scale/ }).click();
    await expect(mark(second)).toHaveCount(0);
    expect(await textOf(second)).toBe('scale = 3\nprint(scale)');

    await editEnd(second);
    await page.keyboard.press('ControlOrMeta+z');
    await expect(mark(second)).toHaveText('scal');
    expect(await textOf(second)).toBe('scale = 3\nprint(scal)');

    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('e');
    await expect(mark(second)).toHaveCount(0);
    expect(await textOf(second)).toBe('scale = 3\nprint(scale)');

    await button(page).getByText('Deploy as service').click();
    await expect(
      panel(page).locator('[data-deployment="scale"]')
    ).toHaveAttribute('data-state', 'live', { timeout: 180_000 });
  });

  test('the keyboard alone leads from problem to problem and fixes them', async ({
    page,
    tmpPath
  }) => {
    await open(
      page,
      tmpPath,
      'keys',
      'requirements = []\nvisits = [1]\nprint(visit)',
      'ages = [2]',
      'print(age)\ndef predictor(x):\n    return x'
    );
    await expect(mark(cell(page, 0))).toHaveText('visit');
    await cell(page, 0).locator('.cm-content').click();
    await page.keyboard.press('Escape');

    await page.keyboard.press('F8');
    const card = page.getByRole('alert').locator('.jp-Slipway-card');
    await expect(card).toContainText('visit');
    await page.keyboard.press('F8');
    await expect(cell(page, 2)).toHaveClass(/jp-mod-active/);
    await expect(cell(page, 2).locator('.cm-content')).toBeFocused();
    await expect(card).toContainText('age');
    await page.keyboard.press('ControlOrMeta+.');
    await expect(mark(cell(page, 2))).toHaveCount(0);
    expect(await textOf(cell(page, 2))).toContain('print(ages)');

    await page.keyboard.press('Shift+F8');
    await expect(cell(page, 0)).toHaveClass(/jp-mod-active/);
    await page.keyboard.press('ControlOrMeta+.');
    await expect(mark(cell(page, 0))).toHaveCount(0);
    expect(await textOf(cell(page, 0))).toContain('print(visits)');
  });

  test('the keyboard reaches problems of the whole notebook, and is at hand after a choice', async ({
    page,
    tmpPath
  }) => {
    await open(
      page,
      tmpPath,
      'whole',
      'def predict(x):\n    return x',
      'y = 2'
    );
    const cells = page.locator('.jp-Notebook .jp-Cell');
    await cell(page, 1).locator('.cm-content').click();
    await page.keyboard.press('F8');
    const card = page.getByRole('alert').locator('.jp-Slipway-card');
    await expect(card).toContainText('No cell declares requirements');
    await expect(card).toContainText('Whole notebook');
    await page.keyboard.press('F8');
    await expect(card).toContainText('No cell defines predictor');

    await page.keyboard.press('ControlOrMeta+.');
    await expect(page.locator('.lm-Menu')).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(cells).toHaveCount(3);
    // What is pressed next goes on from there, without the mouse.
    await expect(
      page.locator('.jp-Notebook :focus, .jp-Notebook:focus')
    ).toHaveCount(1);
    await page.keyboard.press('F8');
    await expect(card).toContainText('shows no sample');
    await page.keyboard.press('F8');
    await expect(card).toContainText('No cell declares requirements');
    await page.keyboard.press('ControlOrMeta+.');
    await expect(cells).toHaveCount(4);
    await expect(cells.first()).toContainText('requirements = []');
  });

  test('a cell without a fix of its own says what else is offered', async ({
    page,
    tmpPath
  }) => {
    await open(
      page,
      tmpPath,
      'else',
      'requirements = []',
      'print(nothing_of_the_kind)'
    );
    await expect(mark(cell(page, 1))).toHaveCount(1);
    await cell(page, 1).locator('.cm-content').click();
    await page.keyboard.press('ControlOrMeta+Home');
    await page.keyboard.press('F8');
    await page.keyboard.press('ControlOrMeta+.');
    await expect(page.locator('.lm-Menu')).toContainText(
      'SLP202 has no fix. For the whole notebook:'
    );
    await page.keyboard.press('Escape');
    await expect(cell(page, 1).locator('.cm-content')).toBeFocused();
  });

  test('a line that is being typed is left in peace until the cursor leaves it', async ({
    page,
    tmpPath
  }) => {
    await open(page, tmpPath, 'typed', 'requirements = []', 'a = 1');
    await editEnd(cell(page, 1));
    await page.keyboard.type('\nb = nothi', { delay: 250 });
    await expect(mark(cell(page, 1))).toHaveCount(0);
    await page.keyboard.press('ArrowUp');
    await expect(mark(cell(page, 1))).toHaveText('nothi');
  });

  test('long lines never show under the marks', async ({ page, tmpPath }) => {
    const line = `x = [${'123456, '.repeat(60)}nothing]`;
    await open(page, tmpPath, 'wide', 'requirements = []', line);
    await expect(mark(cell(page, 1))).toHaveCount(1);
    const content = cell(page, 1).locator('.cm-content');
    const left = await content.evaluate(node => {
      node.scrollIntoView({ inline: 'nearest', block: 'nearest' });
      return node.closest('.cm-scroller')!.scrollLeft;
    });
    expect(left).toBe(0);
    for (const mode of ['command', 'edit']) {
      if (mode === 'edit') {
        await editEnd(cell(page, 1));
      }
      const [gutter, editor] = await Promise.all(
        ['.cm-gutters', '.jp-InputArea-editor'].map(place =>
          cell(page, 1)
            .locator(place)
            .evaluate(node => getComputedStyle(node).backgroundColor)
        )
      );
      expect(gutter).toBe(editor);
    }
  });

  test('marks are there wherever a notebook shows, and in cells that scroll into view', async ({
    page,
    tmpPath
  }) => {
    const cells = Array.from(
      { length: 120 },
      (_, number) => `a${number} = 1\nprint(nothing${number})`
    );
    await open(page, tmpPath, 'long', 'requirements = []', ...cells);
    await expect(mark(cell(page, 1))).toHaveText('nothing0');
    const last = page.locator('.jp-Cell[data-windowed-list-index="120"]');
    await page.locator('.jp-Notebook').click({ position: { x: 4, y: 4 } });
    await page.keyboard.press('Escape');
    await page.keyboard.press('ControlOrMeta+ArrowDown');
    await expect(mark(last)).toHaveText('nothing119');
  });
});

test.describe('problems in the panel', () => {
  test('a version that is missing is the one beside the live kernel, or the newest', async ({
    page,
    tmpPath
  }) => {
    await open(
      page,
      tmpPath,
      'versions',
      'requirements = [["PyYAML", ""], ["six", ""]]',
      'import six, yaml\nexamples = ["1"]',
      'def predictor(x):\n    return yaml.safe_load(six.ensure_str(x))'
    );
    await openPanel(page);
    const { stdout } = spawnSync(
      'python',
      [
        '-c',
        'from importlib.metadata import version; print(version("PyYAML"))'
      ],
      { encoding: 'utf8' }
    );
    const first = cell(page, 0);
    await panel(page).getByText('Pin PyYAML to the installed version').click();
    await expect(first).toContainText(`["PyYAML", "${stdout.trim()}"]`);
    await panel(page).getByText('Pin six to the newest version').click();
    await expect(first).toContainText(/\["six", "\d+(\.\d+)+"\]/);
    await expect(mark(first)).toHaveCount(0);
  });

  test("a cell that a fix adds is one step for the notebook's undo", async ({
    page,
    tmpPath
  }) => {
    await open(
      page,
      tmpPath,
      'added',
      'requirements = []',
      'def predictor(x):\n    return x'
    );
    await openPanel(page);
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
    await open(
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

    await openPanel(page);
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
    await open(
      page,
      tmpPath,
      'found',
      'requirements = []',
      'data = {}\ndata["price"]',
      'def predictor(x):\n    return x'
    );
    await button(page).getByText('Deploy as service').click();
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
    await open(
      page,
      tmpPath,
      'imports',
      'import yaml',
      'def predictor(x):\n    return yaml.safe_load(x)',
      'examples = ["1"]'
    );
    await openPanel(page);
    await expect(
      page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    ).toBeAttached();
    const problem = panel(page).locator('[data-code="SLP101"]');
    await problem.locator('.jp-Slipway-fix').first().click();

    const added = page.locator('.jp-Notebook .jp-Cell', {
      hasText: 'requirements'
    });
    const { stdout } = spawnSync(
      'python',
      [
        '-c',
        'from importlib.metadata import version; print(version("PyYAML"))'
      ],
      { encoding: 'utf8' }
    );
    await expect(added).toContainText('PyYAML');
    await expect(added).toContainText(stdout.trim());
    await expect(problem).toHaveCount(0);

    // One step for the notebook's own undo.
    await page.notebook.selectCells(0);
    await page.keyboard.press('z');
    await expect(added).toHaveCount(0);
    await expect(problem).toBeVisible();
  });
});
