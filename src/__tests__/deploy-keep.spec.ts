import type { NotebookPanel } from '@jupyterlab/notebook';
import { NotebookModel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import type { INotebookSource } from '../contract';
import type { IDeploymentRequest } from '../deployments/wire';
import { deployNotebook } from '../editor/deploy';
import type { IDeployOptions } from '../editor/deploy';
import { declaredOf } from '../editor/keptPackages';

const source = (...cells: string[]): INotebookSource => ({
  cells: cells.map((text, index) => ({
    id: `cell-${index}`,
    type: 'code',
    source: text
  }))
});
const DECLARED = source(
  'requirements = [["Scikit_Learn", "1.7.2"], ["uvicorn[standard]", "0.30.1"]]'
);

/** Deploys a notebook with this metadata: what the server was asked, and the metadata at the time of saving. */
async function deploy(
  options: Pick<IDeployOptions, 'settings' | 'keep'>,
  slipway?: unknown
): Promise<{ request: IDeploymentRequest; saved: unknown }> {
  const model = new NotebookModel();
  if (slipway !== undefined) {
    model.setMetadata('slipway', slipway);
  }
  let saved: unknown;
  const requests: IDeploymentRequest[] = [];
  const notebook = {
    model,
    context: {
      path: 'a.ipynb',
      ready: Promise.resolve(),
      save: async () => {
        saved = model.getMetadata('slipway');
      }
    }
  } as unknown as NotebookPanel;
  await deployNotebook(notebook, {
    anyway: false,
    localPath: path => path,
    lint: () => [],
    source: () => DECLARED,
    deployments: {
      client: {
        deploy: async (request: IDeploymentRequest) => {
          requests.push(request);
          return { name: 'a' };
        }
      },
      model: { update: jest.fn() },
      stream: { open: jest.fn() },
      engines: { choice: '' }
    } as unknown as IDeployOptions['deployments'],
    panel: {
      reveal: jest.fn(),
      sampleFor: () => undefined,
      refuse: jest.fn(),
      stop: jest.fn(),
      accept: jest.fn()
    },
    trans: nullTranslator.load('jupyterlab_slipway'),
    ...options
  });
  model.dispose();
  return { request: requests[0], saved };
}

describe('packages that a service keeps', () => {
  it('are noted in the notebook before it is saved, beside what it says already', async () => {
    const { saved } = await deploy(
      { settings: {}, keep: ['scipy', 'six'] },
      { keep: ['six', 'numpy'], indexes: { torch: 'https://a.example/simple' } }
    );
    expect(saved).toEqual({
      keep: ['six', 'numpy', 'scipy'],
      indexes: { torch: 'https://a.example/simple' }
    });
  });

  it('leave a notebook alone in which nobody asked for any', async () => {
    expect((await deploy({ settings: {}, keep: [] })).saved).toBeUndefined();
    expect((await deploy({ settings: {} })).saved).toBeUndefined();
  });

  it('take the place of metadata that are none', async () => {
    const { saved } = await deploy({ settings: {}, keep: ['six'] }, 'on');
    expect(saved).toEqual({ keep: ['six'] });
  });

  it('come from the settings too, as far as the notebook declares them', async () => {
    const keep = ['scikit.learn', 'scipy', 'uvicorn'];
    const { request, saved } = await deploy({ settings: { keep } });
    expect(request).toEqual({
      path: 'a.ipynb',
      keep: ['scikit.learn', 'uvicorn']
    });
    expect(saved).toBeUndefined();
    const none = await deploy({ settings: { keep: ['scipy'] } });
    expect(none.request).toEqual({ path: 'a.ipynb' });
  });

  it('are not known where requirements cannot be read', () => {
    expect(declaredOf(['six'], source('requirements = [six]'))).toEqual([]);
    expect(declaredOf(['six'], source('x = 1'))).toEqual([]);
    expect(declaredOf(['six'], undefined)).toEqual([]);
  });
});

describe('the setting `slim`', () => {
  it('is passed on where it is switched off', async () => {
    const { request } = await deploy({ settings: { slim: false } });
    expect(request).toEqual({ path: 'a.ipynb', slim: false });
    const usual = await deploy({ settings: { slim: true } });
    expect(usual.request).toEqual({ path: 'a.ipynb' });
  });
});
