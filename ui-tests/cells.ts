import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { notebook } from './notebooks';
import { open } from './panel';

/** A cell of the notebook in front. */
export const cell = (page: IJupyterLabPageFixture, index: number): Locator =>
  page.locator('.jp-Notebook .jp-Cell').nth(index);

/** What is marked as an error in a cell. */
export const mark = (where: Locator): Locator =>
  where.locator('.cm-lintRange-error');

/** The whole of the button in the toolbar, with the number of errors on it. */
export const deployButton = (page: IJupyterLabPageFixture): Locator =>
  page.locator('.jp-NotebookPanel-toolbar .jp-Slipway-deploy');

/** Opens a notebook with these code cells. */
export async function openCells(
  page: IJupyterLabPageFixture,
  tmpPath: string,
  name: string,
  ...cells: string[]
): Promise<void> {
  await open(page, tmpPath, name, notebook(...cells));
}

/** The text of a cell as its author sees it. */
export async function textOf(where: Locator): Promise<string> {
  const lines = await where.locator('.cm-line').allInnerTexts();
  return lines.map(line => line.replace(/\n$/, '')).join('\n');
}

/** Sets the cursor behind the last character of a cell. */
export async function editEnd(where: Locator): Promise<void> {
  await where.locator('.cm-content').click();
  await where.page().keyboard.press('ControlOrMeta+End');
}
