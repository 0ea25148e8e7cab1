import type { NotebookPanel } from '@jupyterlab/notebook';
import { VDomModel } from '@jupyterlab/ui-components';
import { ReleaseLog } from '../deployments/log';
import { currentRelease } from '../deployments/model';
import type { IDeployment, IRelease } from '../deployments/wire';
import type { IFixReport } from '../editor/fixes';
import type { ISourceState } from '../editor/notebookSource';
import type { NotebookLint } from '../editor/notebookLint';
import type { IDeployments, IRefusal, ISlipwayLint } from '../tokens';
import { BuildFindings } from './buildFindings';
import type { IListedProblem } from './problemGroups';

/** What the panel shows and remembers: which cards are open, logs, typed samples, refusals. */
export class PanelModel extends VDomModel {
  constructor(
    readonly deployments: IDeployments,
    private readonly _lint: Pick<ISlipwayLint, 'monitor' | 'fixes'>,
    /** How the notebook in front stands to the last commit. */
    readonly source: ISourceState,
    private readonly _localPath: (path: string) => string
  ) {
    super();
    deployments.model.changed.connect(this._update, this);
    deployments.stream.connectionChanged.connect(this._update, this);
    deployments.engines.changed.connect(this._onEngines, this);
    source.changed.connect(this._onSource, this);
    _lint.monitor.changed.connect(this._onLint, this);
    _lint.fixes.changed.connect(this._update, this);
  }

  get notebook(): NotebookPanel | null {
    return this._lint.monitor.panel;
  }

  /** Path of the notebook in front, as the server names it; empty where there is none. */
  get path(): string {
    return this.notebook ? this._localPath(this.notebook.context.path) : '';
  }

  /** The lint of the notebook in front. */
  get lint(): NotebookLint | undefined {
    return this._lint.monitor.current;
  }

  /** What the newest release of the notebook in front found in cells that are as they were. */
  get buildProblems(): ReadonlyArray<IListedProblem> {
    const own = this.list.filter(({ notebook }) => notebook === this.path);
    return this.lint ? this._findings.of(this.lint, own) : [];
  }

  /** How the last fix in the notebook in front went. */
  get report(): IFixReport | undefined {
    const { report } = this._lint.fixes;
    return report?.lint === this.lint ? report : undefined;
  }

  /** Whether the user wants to see hints; undefined where that was not said. */
  get isHintsShown(): boolean | undefined {
    return this._isHintsShown;
  }

  set isHintsShown(isShown: boolean | undefined) {
    this._isHintsShown = isShown;
    this.stateChanged.emit();
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

  /** How often a press of the button was stopped by errors of the notebook in front. */
  get stops(): number {
    return this._stops.get(this.path) ?? 0;
  }

  stop(path: string): void {
    this._stops.set(path, (this._stops.get(path) ?? 0) + 1);
    this.stateChanged.emit();
  }

  /** By default the first one of the notebook in front; without a notebook, the first. */
  isOpen(name: string): boolean {
    const [first] = this.list;
    const isFirst =
      first?.name === name && (!this.path || first.notebook === this.path);
    return this._open.get(this._openKey(name)) ?? isFirst;
  }

  /** For as long as the notebook is in front that is now. */
  setOpen(name: string, isOpen: boolean): void {
    this._open.set(this._openKey(name), isOpen);
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
    this.deployments.engines.changed.disconnect(this._onEngines, this);
    this.source.changed.disconnect(this._onSource, this);
    this._lint.monitor.changed.disconnect(this._onLint, this);
    this._lint.fixes.changed.disconnect(this._update, this);
    this._logs.forEach(log => log.dispose());
    super.dispose();
  }

  private _onLint(_: unknown, lint: NotebookLint | null): void {
    if (lint === null || lint === this.lint) {
      this.stateChanged.emit();
    }
  }

  private _onEngines(): void {
    this.stateChanged.emit();
  }

  private _onSource(): void {
    this.stateChanged.emit();
  }

  private _openKey(name: string): string {
    return `${this.path}\n${name}`;
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

  private readonly _findings = new BuildFindings();
  private _isHintsShown: boolean | undefined;
  private readonly _samples = new Map<string, string>();
  private readonly _refusals = new Map<string, IRefusal>();
  private readonly _stops = new Map<string, number>();
  private readonly _open = new Map<string, boolean>();
  private readonly _logs = new Map<string, ReleaseLog>();
}
