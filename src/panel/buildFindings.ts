import { cellGraph, NotebookAnalyser } from '../contract';
import type { ICell, INotebookSource } from '../contract';
import { currentRelease } from '../deployments/model';
import type {
  IDeployment,
  IProblem as IBuildProblem
} from '../deployments/wire';
import type { NotebookLint } from '../editor/notebookLint';
import { asProblem, findCell } from './problemGroups';
import type { IListedProblem } from './problemGroups';

/** A notebook as it was when a release was made of it. */
interface IBuilt {
  key: string;
  cells: ReadonlyArray<ICell>;
  ground: Ground;
}

/** Remembers what each notebook was when its newest release was made, to tell what the build's problems are still about. */
export class BuildFindings {
  /** What the newest release among a notebook's deployments found in cells that are, with all they need, as built. */
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
    const found = [
      ...(release.problem ? [release.problem] : []),
      ...release.warnings
    ].filter(({ cell }) => cell !== undefined);
    const key = `${deployment.name}/${release.release}/${release.created}`;
    let built = this._built.get(lint);
    if (built?.key !== key) {
      const { cells } = lint.source;
      built = { key, cells, ground: new Ground(lint.source) };
      this._built.set(lint, built);
    }
    if (found.length === 0) {
      return [];
    }
    const now = this._groundOf(lint.source);
    return found
      .map(problem => listed(problem, built, lint.source.cells, now))
      .filter((one): one is IListedProblem => one !== undefined);
  }

  private _groundOf(source: INotebookSource): Ground {
    if (this._now?.source !== source) {
      this._now = new Ground(source);
    }
    return this._now;
  }

  private _now: Ground | undefined;
  private readonly _built = new WeakMap<NotebookLint, IBuilt>();
}

function listed(
  problem: IBuildProblem,
  built: IBuilt,
  cells: ReadonlyArray<ICell>,
  now: Ground
): IListedProblem | undefined {
  const place = problem.cell!;
  const index = findCell(place, cells);
  const before = findCell(place, built.cells);
  if (
    index === undefined ||
    before === undefined ||
    built.ground.of(before) !== now.of(index)
  ) {
    return undefined;
  }
  // Sentences of the build name cells by where they stood.
  const message = problem.message.replace(
    /\b(cell) (\d+)\b/gi,
    (text, word: string, number: string) => {
      const { id } = built.cells[Number(number) - 1] ?? {};
      const moved =
        Number(number) === place.index
          ? index
          : id
            ? cells.findIndex(cell => cell.id === id)
            : -1;
      return moved < 0 ? text : `${word} ${moved + 1}`;
    }
  );
  return asProblem({ ...problem, message }, cells);
}

/** What runs before a cell, and for it. */
class Ground {
  constructor(readonly source: INotebookSource) {}

  /** A cell with all cells that it needs, and the packages: the same text, the same result. */
  of(index: number): string {
    this._needs ??= needsOf(this.source);
    const { needs, always } = this._needs;
    const reached = new Set([...always, index]);
    for (const cell of reached) {
      needs.get(cell)?.forEach(other => reached.add(other));
    }
    const { cells } = this.source;
    return JSON.stringify(
      [...reached]
        .sort((a, b) => a - b)
        .map(cell => [cell === index, cells[cell].source])
    );
  }

  private _needs: ReturnType<typeof needsOf> | undefined;
}

function needsOf(source: INotebookSource): {
  needs: ReadonlyMap<number, ReadonlyArray<number>>;
  always: ReadonlyArray<number>;
} {
  const notebook = new NotebookAnalyser().analyse(source);
  const needs = new Map<number, number[]>();
  for (const { from, to } of cellGraph(notebook).dependencies) {
    needs.set(from, [...(needs.get(from) ?? []), to]);
  }
  const { declarations } = notebook.requirements;
  return { needs, always: declarations.map(({ cell }) => cell.index) };
}
