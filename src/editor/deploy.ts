import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { INotebookSource, IProblem } from '../contract';
import { RequestError } from '../deployments/client';
import type { IDeploymentRequest } from '../deployments/wire';
import type { IDeployments, ISlipwayPanel } from '../tokens';
import { declaredOf, keepPackages } from './keptPackages';

/** What a press of the button needs besides the notebook. */
export interface IDeployOptions {
  /** Deploys in spite of what the lint finds: the builder decides. */
  anyway: boolean;
  /** The deployment to make a release of; the server finds the notebook's own by default. */
  name?: string;
  /** JSON text of a sample; else the one typed in the panel. */
  sample?: string;
  /** Deploys a model that answers the same sample differently from one call to the next. */
  acceptNondeterministic?: boolean;
  /** Where to build and run it, empty for the server's to say; else as it was chosen in the panel. */
  engine?: string;
  /** Deploys what the last commit holds, not what the screen shows: nothing is saved or checked first. */
  lastCommit?: boolean;
  /** Packages that the service of this notebook is to keep from now on. */
  keep?: ReadonlyArray<string>;
  localPath: (path: string) => string;
  /** The user's settings: `cellTimeout`, `environment`, `slim`, `keep`. */
  settings: {
    readonly cellTimeout?: unknown;
    readonly environment?: unknown;
    readonly slim?: unknown;
    readonly keep?: unknown;
  };
  /** The problems of the notebook as it is at this moment. */
  lint: (notebook: NotebookPanel) => ReadonlyArray<IProblem>;
  /** What they were found in. */
  source: (notebook: NotebookPanel) => INotebookSource | undefined;
  deployments: IDeployments;
  panel: ISlipwayPanel;
  trans: TranslationBundle;
}

/** Saves and lints a notebook, unless it is the last commit that is meant, and asks the server to deploy it. All that goes wrong is shown in the panel. */
export async function deployNotebook(
  notebook: NotebookPanel,
  options: IDeployOptions
): Promise<void> {
  const { deployments, panel } = options;
  const path = options.localPath(notebook.context.path);
  panel.accept(path);
  await notebook.context.ready;
  if (!options.lastCommit && !(await isFit(notebook, path, options))) {
    panel.reveal();
    return;
  }
  try {
    const deployment = await deployments.client.deploy(
      request(path, notebook, options)
    );
    deployments.model.update(deployment);
    deployments.stream.open();
    panel.reveal(deployment.name);
  } catch (error) {
    if (!(error instanceof RequestError)) {
      throw error;
    }
    panel.refuse(path, error.problem);
    panel.reveal();
    // The engine may be what is wrong.
    void deployments.engines.look();
  }
}

/** Saves and lints it: whether it may be deployed. What keeps it from that is told in the panel. */
async function isFit(
  notebook: NotebookPanel,
  path: string,
  options: IDeployOptions
): Promise<boolean> {
  const { panel, trans } = options;
  try {
    keepPackages(notebook, options.keep ?? []);
    // The builder reads the file, so what is on the screen has to be in it.
    await notebook.context.save();
  } catch (error) {
    panel.refuse(path, {
      code: 'SLP501',
      message: trans.__(
        'The notebook could not be saved: %1. Save it under a name where you may write, then deploy again.',
        error instanceof Error ? error.message : String(error)
      )
    });
    return false;
  }
  const hasErrors = options
    .lint(notebook)
    .some(problem => problem.severity === 'error');
  if (hasErrors && !options.anyway) {
    panel.stop(path);
    return false;
  }
  return true;
}

function request(
  path: string,
  notebook: NotebookPanel,
  options: IDeployOptions
): IDeploymentRequest {
  const { cellTimeout, environment, slim, keep } = options.settings;
  const body: IDeploymentRequest = { path };
  const engine = options.engine ?? options.deployments.engines.choice;
  if (options.name !== undefined) {
    body.name = options.name;
  }
  const sample = options.sample ?? options.panel.sampleFor(path);
  if (sample !== undefined) {
    body.sample = sample;
  }
  if (engine !== '') {
    body.engine = engine;
  }
  if (typeof cellTimeout === 'number') {
    body.timeout = cellTimeout;
  }
  if (Array.isArray(environment) && environment.length > 0) {
    body.env = environment.map(String);
  }
  if (options.lastCommit) {
    body.commit = 'HEAD';
  }
  if (options.acceptNondeterministic) {
    body.accept_nondeterministic = true;
  }
  if (slim === false) {
    body.slim = false;
  }
  if (Array.isArray(keep) && keep.length > 0) {
    // The setting is for all notebooks; the builder takes a name that one does not bring for a mistake.
    const kept = declaredOf(keep.map(String), options.source(notebook));
    if (kept.length > 0) {
      body.keep = kept;
    }
  }
  return body;
}
