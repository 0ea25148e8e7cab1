import { expect, test } from '@jupyterlab/galata';
import { spawnSync } from 'child_process';
import { writeFileSync } from 'fs';
import { join } from 'path';
import { notebook } from '../notebooks';
import { access, card, expectState, panel, remove, showPanel } from '../panel';

/** A notebook that needs what lies beside it, and scales by `factor`. */
const scaled = (factor: string): string =>
  notebook(
    'requirements = []',
    `from boats import offset\nfactor = ${factor}`,
    'def predictor(x):\n    return factor * x + offset',
    'predictor(4)'
  );

const WHO = ['NAME', 'EMAIL'].flatMap(part => [
  [`GIT_AUTHOR_${part}`, 'tests'],
  [`GIT_COMMITTER_${part}`, 'tests']
]);

function git(directory: string, ...words: string[]): string {
  const done = spawnSync('git', words, {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, ...Object.fromEntries(WHO) } as NodeJS.ProcessEnv
  });
  if (done.status !== 0) {
    throw new Error(done.stderr);
  }
  return done.stdout.trim();
}

test.describe('a notebook in a git repository', () => {
  test('is deployed from the last commit, whatever its file has become', async ({
    page,
    tmpPath
  }) => {
    const directory = join(process.env.SLIPWAY_UI_FILES!, tmpPath);
    const write = (name: string, text: string) =>
      writeFileSync(join(directory, name), text);
    const line = panel(page).locator('.jp-Slipway-source');
    const offer = panel(page).getByRole('button', {
      name: 'Deploy from the last commit'
    });

    write('scaled.ipynb', scaled('2'));
    write('boats.py', 'offset = 1\n');
    git(directory, 'init', '--quiet', '--initial-branch=harbour');
    await page.notebook.openByPath(`${tmpPath}/scaled.ipynb`);
    await showPanel(page);
    await expect(line).toContainText('Nothing has been committed yet.');
    await expect(offer).toHaveCount(0);

    git(directory, 'add', 'scaled.ipynb', 'boats.py');
    git(directory, 'commit', '--quiet', '-m', 'Scale by two');
    const revision = git(directory, 'rev-parse', 'HEAD');
    write('boats.py', 'offset = 100\n');
    // One comes back from wherever one has committed.
    const focus = () =>
      page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await focus();
    await expect(line).toContainText(`harbour ${revision.slice(0, 7)}`);
    await expect(line).toContainText('other files differ');
    await expect(line).toHaveAttribute('title', new RegExp(revision));

    await page.notebook.setCell(1, 'code', 'factor = offset = 100');
    await page.notebook.save();
    await expect(line).toContainText(
      'The notebook and other files differ from it.'
    );

    await offer.focus();
    await page.keyboard.press('Enter');
    const deployment = card(page, 'scaled');
    await expectState(deployment, 'live');
    const source = deployment.locator('.jp-Slipway-releaseSource');
    await expect(source).toHaveText(/^from [0-9a-f]{7}( \(harbour\))?$/);
    await expect(source).toContainText(revision.slice(0, 7));
    await expect(source).toHaveAttribute('title', new RegExp(revision));

    const { url, token } = await access(page, 'scaled');
    const answer = await page.request.post(`${url}/predict`, {
      headers: { Authorization: `Bearer ${token}` },
      data: 4
    });
    expect(await answer.json()).toBe(9);
    // What was on the screen is still there, and nothing was left in the repository.
    expect(git(directory, 'worktree', 'list').split('\n')).toHaveLength(1);
    await expect(page.locator('.jp-Notebook .jp-Cell').nth(1)).toContainText(
      'factor = offset = 100'
    );
    await remove(page, deployment);
  });
});
