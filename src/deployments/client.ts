import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type {
  IAccess,
  IDeployment,
  IDeploymentList,
  IDeploymentRequest,
  IEngineList,
  IEngineView,
  IPackage,
  IPackageList,
  IProblem,
  ISourceAnswer,
  IStartRequest,
  IWorkingTreeView,
  Phase
} from './wire';

/** The server's refusal, or a failure to reach it; `problem` is for the user. */
export class RequestError extends Error {
  constructor(readonly problem: IProblem) {
    super(problem.message);
  }
}

/** A part of a log, and the size of the whole at that moment; both in bytes. */
export interface ILogPart {
  content: Uint8Array;
  size: number;
}

/** Arguments of a request; one with several values is repeated. */
type Query = Record<string, string | ReadonlyArray<string>>;

/** The server extension's REST routes, typed. Every method rejects with a RequestError. */
export class DeploymentsClient {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  async list(): Promise<IDeployment[]> {
    const { deployments } = await this._json<IDeploymentList>(
      ['deployments'],
      {}
    );
    return deployments;
  }

  deploy(request: IDeploymentRequest): Promise<IDeployment> {
    return this._json<IDeployment>(['deployments'], {
      method: 'POST',
      body: JSON.stringify(request)
    });
  }

  /** Serves the build of a release again; without one, of that which was live last. */
  start(name: string, request: IStartRequest = {}): Promise<IDeployment> {
    return this._json<IDeployment>(['deployments', name, 'start'], {
      method: 'POST',
      body: JSON.stringify(request)
    });
  }

  stop(name: string): Promise<IDeployment> {
    return this._json<IDeployment>(['deployments', name, 'stop'], {
      method: 'POST'
    });
  }

  async remove(name: string): Promise<void> {
    await this._request(
      ['deployments', name],
      { method: 'DELETE' },
      { force: 'true' }
    );
  }

  access(name: string): Promise<IAccess> {
    return this._json<IAccess>(['deployments', name, 'access'], {});
  }

  /** The engines of the server's machine, and whether they work. */
  async engines(): Promise<IEngineView[]> {
    const { engines } = await this._json<IEngineList>(['engines'], {});
    return engines;
  }

  /** The newest version of each package that installs on a Python such as `3.11`; what the index lacks is not there. */
  async packages(
    names: ReadonlyArray<string>,
    python?: string
  ): Promise<ReadonlyMap<string, IPackage>> {
    const { packages } = await this._json<IPackageList>(
      ['packages'],
      {},
      { name: names, ...(python && { python }) }
    );
    return new Map(Object.entries(packages));
  }

  /** How a notebook stands to the last commit; null where its file lies in no repository. */
  async source(path: string): Promise<IWorkingTreeView | null> {
    const { source } = await this._json<ISourceAnswer>(
      ['source'],
      {},
      { path }
    );
    return source;
  }

  async log(
    name: string,
    release: number,
    phase: Phase,
    offset: number
  ): Promise<ILogPart> {
    const response = await this._request(
      ['deployments', name, 'releases', String(release), 'logs', phase],
      {},
      { offset: String(offset) }
    );
    const content = new Uint8Array(await response.arrayBuffer());
    const size = Number(response.headers.get('Slipway-Log-Size'));
    return { content, size: Number.isFinite(size) ? size : offset };
  }

  private async _json<T>(
    path: string[],
    init: RequestInit,
    query?: Query
  ): Promise<T> {
    const response = await this._request(path, init, query);
    return (await response.json()) as T;
  }

  private async _request(
    path: string[],
    init: RequestInit,
    query: Query = {}
  ): Promise<Response> {
    const url =
      URLExt.join(
        this._settings.baseUrl,
        'slipway',
        ...path.map(encodeURIComponent)
      ) + queryString(query);
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this._settings);
    } catch {
      throw new RequestError(
        problem(
          'SLP599',
          'The Jupyter server does not answer. Check that it is running and that you are connected, then try again.'
        )
      );
    }
    if (!response.ok) {
      throw new RequestError(await problemOf(response));
    }
    return response;
  }
}

function queryString(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map(value => [name, value])
  );
  return pairs.length > 0 ? `?${new URLSearchParams(pairs).toString()}` : '';
}

function problem(code: string, message: string): IProblem {
  return { code, message, severity: 'error' };
}

async function problemOf(response: Response): Promise<IProblem> {
  let found: unknown;
  try {
    found = ((await response.json()) as { problem?: unknown }).problem;
  } catch {
    // No JSON: not an answer of ours.
  }
  if (isProblem(found)) {
    return found;
  }
  if (response.status === 404) {
    return problem(
      'SLP555',
      "Slipway's server extension is not running. In a terminal, run `jupyter server extension enable jupyterlab_slipway`, then start JupyterLab again."
    );
  }
  if (response.status === 401 || response.status === 403) {
    return problem(
      'SLP568',
      'You are not allowed to do this on this Jupyter server, or your login has ended. Log in again, or ask whoever runs the server.'
    );
  }
  return problem(
    'SLP599',
    `The Jupyter server failed (${response.status} ${response.statusText}). Its log has the details.`
  );
}

function isProblem(value: unknown): value is IProblem {
  const candidate = value as IProblem | undefined;
  return (
    typeof candidate?.code === 'string' && typeof candidate.message === 'string'
  );
}
