import type { NotebookPanel } from '@jupyterlab/notebook';
import { VDomModel } from '@jupyterlab/ui-components';
import type { IProblem } from '../contract';
import { ReleaseLog } from '../deployments/log';
import { currentRelease } from '../deployments/model';
import type { IDeployment, IRelease } from '../deployments/wire';
import type { LintMonitor } from '../editor/lintMonitor';
import type { IDeployments, IRefusal } from '../tokens';

/** What the panel shows and remembers: which cards are open, logs, typed samples, refusals. */
export class PanelModel extends VDomModel {
  constructor(
    readonly deployments: IDeployments,
    private readonly _lint: LintMonitor,
    private readonly _localPath: (path: string) => string
  ) {
    super();
    deployments.model.changed.connect(this._update, this);
    deployments.stream.connectionChanged.connect(this._update, this);
    _lint.changed.connect(this._update, this);
  }

  get notebook(): NotebookPanel | null {
    return this._lint.panel;
  }

  /** Path of the notebook in front, as the server names it; empty where there is none. */
  get path(): string {
    return this.notebook ? this._localPath(this.notebook.context.path) : '';
  }

  get problems(): ReadonlyArray<IProblem> {
    return this._lint.problems;
  }

  get refusal(): IRefusal | undefined {
    return this._refusals.get(this.path);
  }

  /** Those of the notebook in front first. */
  get list(): ReadonlyArray<IDeployment> {
    const own = (deployment: IDeployment) => deployment.notebook === this.path;
    const all = this.deployments.model.deployments;
    return [...all.filter(own), ...all.filter(one => !own(one))];
  }

  get sample(): string {
    return this._samples.get(this.path) ?? '';
  }

  set sample(text: string) {
    this._samples.set(this.path, text);
    this.stateChanged.emit();
  }

  sampleFor(path: string): string | undefined {
    return this._samples.get(path)?.trim() || undefined;
  }

  refuse(path: string, refusal: IRefusal | null): void {
    if (refusal) {
      this._refusals.set(path, refusal);
    } else {
      this._refusals.delete(path);
    }
    this.stateChanged.emit();
  }

  isOpen(name: string): boolean {
    return this._open.get(name) ?? this.list[0]?.name === name;
  }

  setOpen(name: string, isOpen: boolean): void {
    this._open.set(name, isOpen);
    this.stateChanged.emit();
  }

  /** The log of a release; made when first asked for, and then kept up to date. */
  log(deployment: IDeployment, release: IRelease): ReleaseLog {
    const key = `${deployment.name}/${release.release}/${release.created}`;
    let log = this._logs.get(key);
    if (!log) {
      log = new ReleaseLog(
        this.deployments.client,
        deployment.name,
        release.release
      );
      this._logs.set(key, log);
    }
    void log.follow(release);
    return log;
  }

  override dispose(): void {
    this.deployments.model.changed.disconnect(this._update, this);
    this.deployments.stream.connectionChanged.disconnect(this._update, this);
    this._lint.changed.disconnect(this._update, this);
    this._logs.forEach(log => log.dispose());
    super.dispose();
  }

  private _update(): void {
    for (const [key, log] of this._logs) {
      const deployment = this.deployments.model.get(log.name);
      const current = deployment && currentRelease(deployment);
      if (current?.release !== log.release) {
        log.dispose();
        this._logs.delete(key);
      }
    }
    this.stateChanged.emit();
  }

  private readonly _samples = new Map<string, string>();
  private readonly _refusals = new Map<string, IRefusal>();
  private readonly _open = new Map<string, boolean>();
  private readonly _logs = new Map<string, ReleaseLog>();
}
