import { expect } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

/** The button in the toolbar of the notebook in front. */
export const button = (page: IJupyterLabPageFixture): Locator =>
  page
    .locator('.jp-NotebookPanel-toolbar:visible')
    .getByText('Deploy as service');

export const panel = (page: IJupyterLabPageFixture): Locator =>
  page.locator('#slipway-panel');

/** A deployment in the panel. */
export const card = (page: IJupyterLabPageFixture, name: string): Locator =>
  panel(page).locator(`[data-deployment="${name}"]`);

/** Uploads a notebook under a name of its own and opens it. */
export async function open(
  page: IJupyterLabPageFixture,
  tmpPath: string,
  name: string,
  text: string
): Promise<void> {
  const path = `${tmpPath}/${name}.ipynb`;
  await page.contents.uploadContent(text, 'text', path);
  await page.notebook.openByPath(path);
  await page.notebook.activate(`${name}.ipynb`);
}

/** Brings the panel to the front. */
export async function showPanel(page: IJupyterLabPageFixture): Promise<void> {
  if (!(await panel(page).isVisible())) {
    await page.getByTitle('Slipway: notebooks as services').click();
  }
}

export async function expectState(
  deployment: Locator,
  state: string,
  timeout = 180_000
): Promise<void> {
  await expect(deployment).toHaveAttribute('data-state', state, { timeout });
}

/** Address and token of a live deployment. */
export async function access(
  page: IJupyterLabPageFixture,
  name: string
): Promise<{ url: string; token: string }> {
  const answer = await page.request.get(`slipway/deployments/${name}/access`);
  expect(answer.ok()).toBe(true);
  return (await answer.json()) as { url: string; token: string };
}

/** Removes a deployment by its buttons. */
export async function remove(
  page: IJupyterLabPageFixture,
  deployment: Locator
): Promise<void> {
  await deployment.getByRole('button', { name: 'Remove…' }).click();
  await page
    .locator('.jp-Dialog')
    .getByRole('button', { name: 'Remove', exact: true })
    .click();
  await expect(deployment).toHaveCount(0);
}
