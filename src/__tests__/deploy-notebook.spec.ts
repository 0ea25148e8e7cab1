import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { lintNotebook } from '../contract';
import type { DeploymentsClient } from '../deployments/client';
import { RequestError } from '../deployments/client';
import type { IDeploymentRequest } from '../deployments/wire';
import { deployNotebook } from '../editor/deploy';
import type { IDeployOptions } from '../editor/deploy';
import type { IDeployments, ISlipwayPanel } from '../tokens';

const SOUND = ['requirements = []', 'def predictor(x):\n    return x'];

/** As much of a notebook panel as deploying touches. */
function notebookOf(
  sources: string[],
  save: () => Promise<void> = async () => undefined
): NotebookPanel {
  return {
    context: {
      path: 'RTC:a/k.ipynb',
      ready: Promise.resolve(),
      save
    },
    sources
  } as unknown as NotebookPanel;
}

function setUp(client: Partial<DeploymentsClient> = {}, choice = '') {
  const calls: string[] = [];
  const deploy = jest.fn(
    client.deploy ?? (async () => ({ name: 'k' }) as never)
  );
  const panel: ISlipwayPanel = {
    reveal: name => calls.push(`reveal ${name ?? ''}`.trim()),
    sampleFor: () => '[0.5]',
    refuse: (path, { code, message }) =>
      calls.push(`refuse ${path} ${code} ${message}`),
    stop: path => calls.push(`stop ${path}`),
    accept: path => calls.push(`accept ${path}`)
  };
  const deployments = {
    client: { deploy },
    model: { update: () => calls.push('update') },
    stream: { open: () => calls.push('open') },
    engines: { choice, look: async () => void calls.push('look') }
  } as unknown as IDeployments;
  const options: IDeployOptions = {
    anyway: false,
    localPath: path => path.replace('RTC:', ''),
    settings: { cellTimeout: 60, environment: ['HOME'] },
    lint: notebook =>
      lintNotebook({
        cells: (notebook as unknown as { sources: string[] }).sources.map(
          (source, index) => ({ id: `cell-${index}`, type: 'code', source })
        )
      }),
    source: () => undefined,
    deployments,
    panel,
    trans: nullTranslator.load('jupyterlab_slipway')
  };
  return { calls, deploy, options };
}

describe('deployNotebook', () => {
  it('saves, then asks the server, then shows the deployment', async () => {
    const { calls, deploy, options } = setUp();
    const save = jest.fn(async () => expect(deploy).not.toHaveBeenCalled());
    await deployNotebook(notebookOf(SOUND, save), options);
    expect(save).toHaveBeenCalledTimes(1);
    expect(deploy).toHaveBeenCalledWith({
      path: 'a/k.ipynb',
      sample: '[0.5]',
      timeout: 60,
      env: ['HOME']
    });
    expect(calls).toEqual(['accept a/k.ipynb', 'update', 'open', 'reveal k']);
  });

  it('makes a release of the deployment that is named', async () => {
    const { deploy, options } = setUp();
    await deployNotebook(notebookOf(SOUND), { ...options, name: 'other' });
    expect(deploy).toHaveBeenCalledWith(
      expect.objectContaining({ path: 'a/k.ipynb', name: 'other' })
    );
  });

  it.each([
    ['', undefined, undefined],
    ['docker', undefined, 'docker'],
    ['docker', 'podman', 'podman'],
    // Redeploy: the deployment keeps its own.
    ['docker', '', undefined]
  ])(
    'asks for the engine: %j chosen, %j given',
    async (choice, engine, asked) => {
      const { deploy, options } = setUp({}, choice);
      await deployNotebook(notebookOf(SOUND), { ...options, engine });
      const [[body]] = deploy.mock.calls as unknown as [[IDeploymentRequest]];
      expect(body.engine).toBe(asked);
    }
  );

  it('accepts a model that differs from itself only when told to', async () => {
    const { deploy, options } = setUp();
    await deployNotebook(notebookOf(SOUND), {
      ...options,
      acceptNondeterministic: true
    });
    expect(deploy).toHaveBeenCalledWith(
      expect.objectContaining({ accept_nondeterministic: true })
    );
    await deployNotebook(notebookOf(SOUND), options);
    expect(deploy).toHaveBeenLastCalledWith(
      expect.not.objectContaining({ accept_nondeterministic: true })
    );
  });

  it('deploys the last commit as it is: it saves and checks nothing', async () => {
    const { calls, deploy, options } = setUp();
    const save = jest.fn();
    await deployNotebook(notebookOf(['requirements = []'], save), {
      ...options,
      lastCommit: true
    });
    expect(save).not.toHaveBeenCalled();
    expect(deploy).toHaveBeenCalledWith({
      path: 'a/k.ipynb',
      commit: 'HEAD',
      sample: '[0.5]',
      timeout: 60,
      env: ['HOME']
    });
    expect(calls).toEqual(['accept a/k.ipynb', 'update', 'open', 'reveal k']);
  });

  it('shows the problems instead where the lint finds errors', async () => {
    const { calls, deploy, options } = setUp();
    await deployNotebook(notebookOf(['requirements = []']), options);
    expect(deploy).not.toHaveBeenCalled();
    expect(calls).toEqual(['accept a/k.ipynb', 'stop a/k.ipynb', 'reveal']);
  });

  it('deploys in spite of errors when told to', async () => {
    const { deploy, options } = setUp();
    await deployNotebook(notebookOf(['requirements = []']), {
      ...options,
      anyway: true
    });
    expect(deploy).toHaveBeenCalledTimes(1);
  });

  it('does not deploy what could not be saved', async () => {
    const { calls, deploy, options } = setUp();
    const save = async () => {
      throw new Error('the disk is full');
    };
    await deployNotebook(notebookOf(SOUND, save), options);
    expect(deploy).not.toHaveBeenCalled();
    expect(calls[1]).toMatch(/refuse a\/k.ipynb SLP501 .*the disk is full/);
  });

  it("shows the server's refusal in the panel", async () => {
    const { calls, options } = setUp({
      deploy: async () => {
        throw new RequestError({
          code: 'SLP562',
          message: 'Release 1 is still being built.',
          severity: 'error'
        });
      }
    });
    await deployNotebook(notebookOf(SOUND), options);
    expect(calls).toEqual([
      'accept a/k.ipynb',
      'refuse a/k.ipynb SLP562 Release 1 is still being built.',
      'reveal',
      'look'
    ]);
  });
});
