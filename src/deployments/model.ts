import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type {
  ICursorMessage,
  IDeployment,
  IProblem,
  IRelease,
  StreamMessage
} from './wire';

/** All deployments as the server last told of them. */
export class DeploymentsModel implements IDisposable {
  /** By name. */
  get deployments(): ReadonlyArray<IDeployment> {
    return [...this._deployments.values()].sort((a, b) =>
      a.name.localeCompare(b.name)
    );
  }

  /** Whether all that was on disk has arrived once. */
  get isComplete(): boolean {
    return this._isComplete;
  }

  /** Why nothing is heard from the server; empty while all is well. */
  get failure(): string {
    return this._failure;
  }

  set failure(sentence: string) {
    if (sentence !== this._failure) {
      this._failure = sentence;
      this._changed.emit();
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get(name: string): IDeployment | undefined {
    return this._deployments.get(name);
  }

  /** The deployment of a notebook; the one that changed last where there are several. */
  ofNotebook(path: string): IDeployment | undefined {
    return this.deployments
      .filter(deployment => deployment.notebook === path)
      .sort((a, b) => newest(b) - newest(a))[0];
  }

  /** What has been seen, in the terms of the stream. */
  cursor(): ICursorMessage {
    const cursor: Record<string, number> = {};
    const created: Record<string, number> = {};
    for (const deployment of this._deployments.values()) {
      for (const release of deployment.releases) {
        const key = `${deployment.name}/${release.release}`;
        cursor[key] = this._seen.get(key) ?? release.seq;
        created[key] = release.created;
      }
    }
    return { cursor, created };
  }

  /** Takes one message of the stream. */
  receive(message: StreamMessage): void {
    this._failure = '';
    switch (message.kind) {
      case 'release': {
        const { name } = message.deployment;
        const last = message.events[message.events.length - 1];
        if (last) {
          this._seen.set(`${name}/${message.release}`, last.seq);
        }
        this._deployments.set(name, message.deployment);
        break;
      }
      case 'deployment':
        this._deployments.set(message.deployment.name, message.deployment);
        break;
      case 'removed':
        this._forget(message.name);
        break;
      case 'caught-up':
        this._isComplete = true;
        break;
    }
    this._changed.emit();
  }

  /** Takes the answer of a request, which may be ahead of the stream, or behind it. */
  update(deployment: IDeployment): void {
    const known = this._deployments.get(deployment.name);
    if (known && isNewer(known, deployment)) {
      return;
    }
    for (const release of deployment.releases) {
      const key = `${deployment.name}/${release.release}`;
      if (!this._seen.has(key)) {
        this._seen.set(key, 0);
      }
    }
    this._deployments.set(deployment.name, deployment);
    this._changed.emit();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  private _forget(name: string): void {
    this._deployments.delete(name);
    for (const key of [...this._seen.keys()]) {
      if (key.startsWith(`${name}/`)) {
        this._seen.delete(key);
      }
    }
  }

  private readonly _deployments = new Map<string, IDeployment>();
  /** Last number seen of each `name/release`. */
  private readonly _seen = new Map<string, number>();
  private readonly _changed = new Signal<this, void>(this);
  private _failure = '';
  private _isComplete = false;
  private _isDisposed = false;
}

function newest(deployment: IDeployment): number {
  return deployment.releases[0]?.created ?? 0;
}

/** Whether `one` was told later than `other`, as far as events say. */
function isNewer(one: IDeployment, other: IDeployment): boolean {
  const age = newest(one) - newest(other);
  const seq = (one.releases[0]?.seq ?? 0) - (other.releases[0]?.seq ?? 0);
  return age > 0 || (age === 0 && seq > 0);
}

/** The release to show first: the newest. */
export function currentRelease(deployment: IDeployment): IRelease | undefined {
  return deployment.releases[0];
}

/** Warnings that nothing was tried, and why: what the builder knows says more than what the probe saw. */
export const NOT_TRIED = 'SLP572';
const EXAMPLES_IGNORED = 'SLP542';

/** Why nothing of a release was tried; undefined where it answered a sample. */
export function untriedProblem({ warnings }: IRelease): IProblem | undefined {
  const coded = (wanted: string) =>
    warnings.find(({ code }) => code === wanted);
  return coded(NOT_TRIED) && (coded(EXAMPLES_IGNORED) ?? coded(NOT_TRIED));
}
