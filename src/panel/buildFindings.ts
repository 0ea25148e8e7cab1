import { currentRelease } from '../deployments/model';
import type { IDeployment } from '../deployments/wire';
import type { NotebookLint } from '../editor/notebookLint';
import { asProblem } from './problemGroups';
import type { IListedProblem } from './problemGroups';

/** Remembers what each notebook was when its newest release was made, to tell what the build's problems are still about. */
export class BuildFindings {
  /** What the newest release among a notebook's deployments found in cells that are as they were built. */
  of(
    lint: NotebookLint,
    deployments: ReadonlyArray<IDeployment>
  ): IListedProblem[] {
    const newest = deployments
      .map(deployment => ({ deployment, release: currentRelease(deployment) }))
      .sort((a, b) => (b.release?.created ?? 0) - (a.release?.created ?? 0))[0];
    if (!newest?.release) {
      return [];
    }
    const { deployment, release } = newest;
    const { cells } = lint.source;
    const key = `${deployment.name}/${release.release}/${release.created}`;
    let built = this._built.get(lint);
    if (built?.key !== key) {
      built = {
        key,
        sources: new Map(cells.map(({ id, source }) => [id, source]))
      };
      this._built.set(lint, built);
    }
    const { sources } = built;
    return [...(release.problem ? [release.problem] : []), ...release.warnings]
      .map(problem => asProblem(problem, cells, sources))
      .filter((one): one is IListedProblem => one !== undefined);
  }

  private readonly _built = new WeakMap<
    NotebookLint,
    { key: string; sources: ReadonlyMap<string, string> }
  >();
}
