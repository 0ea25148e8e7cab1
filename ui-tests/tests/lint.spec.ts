import { expect, test } from '@jupyterlab/galata';
import { cell, deployButton, editEnd, mark, openCells, textOf } from '../cells';
import { panel } from '../panel';

test.describe('problems in cells', () => {
  test('a mistake is marked as one types, fixed, brought back, corrected, and the notebook goes live', async ({
    page,
    tmpPath
  }) => {
    await openCells(
      page,
      tmpPath,
      'scale',
      'requirements = []',
      'scale = 3',
      'def predictor(x):\n    return x * scale',
      'predictor(2)'
    );
    const second = cell(page, 1);
    await expect(deployButton(page).locator('.jp-Slipway-badge')).toHaveCount(
      0
    );
    await editEnd(second);
    await page.keyboard.type('\nprint(scal)');

    await expect(mark(second)).toHaveText('scal');
    await expect(second.locator('.cm-lint-marker-error')).toBeVisible();
    await expect(deployButton(page).locator('.jp-Slipway-badge')).toHaveText(
      '1'
    );

    // The button leads to the problem, says so, and deploys nothing.
    await deployButton(page).getByText('Deploy as service').click();
    const stopped = panel(page).getByRole('alert');
    await expect(stopped).toContainText('Not deployed while there is 1 error');
    await deployButton(page).getByText('Deploy as service').click();
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

    await deployButton(page).getByText('Deploy as service').click();
    await expect(
      panel(page).locator('[data-deployment="scale"]')
    ).toHaveAttribute('data-state', 'live', { timeout: 180_000 });
  });

  test('the keyboard alone leads from problem to problem and fixes them', async ({
    page,
    tmpPath
  }) => {
    await openCells(
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
    await openCells(
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
    await openCells(
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
    await openCells(page, tmpPath, 'typed', 'requirements = []', 'a = 1');
    await editEnd(cell(page, 1));
    await page.keyboard.type('\nb = nothi', { delay: 250 });
    await expect(mark(cell(page, 1))).toHaveCount(0);
    await page.keyboard.press('ArrowUp');
    await expect(mark(cell(page, 1))).toHaveText('nothi');
  });

  test('long lines never show under the marks', async ({ page, tmpPath }) => {
    const line = `x = [${'123456, '.repeat(60)}nothing]`;
    await openCells(page, tmpPath, 'wide', 'requirements = []', line);
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
    await openCells(page, tmpPath, 'long', 'requirements = []', ...cells);
    await expect(mark(cell(page, 1))).toHaveText('nothing0');
    const last = page.locator('.jp-Cell[data-windowed-list-index="120"]');
    await page.locator('.jp-Notebook').click({ position: { x: 4, y: 4 } });
    await page.keyboard.press('Escape');
    await page.keyboard.press('ControlOrMeta+ArrowDown');
    await expect(mark(last)).toHaveText('nothing119');
  });
});
