import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DeploymentsClient } from './client';
import type { IEngineView } from './wire';

/** Where the user's choice is remembered. */
export interface IEngineSetting {
  /** Name of an engine; empty for the server's default. */
  read: () => string;
  /** Rejects where it cannot be kept. */
  write: (name: string) => Promise<void>;
  /** Somebody else has changed it. */
  readonly changed: ISignal<unknown, unknown>;
}

/** The engines that the server has, and the one that the user chose for what is deployed from now on. */
export class Engines implements IDisposable {
  constructor(private readonly _client: Pick<DeploymentsClient, 'engines'>) {}

  /** Undefined until the server has told. */
  get list(): ReadonlyArray<IEngineView> | undefined {
    return this._list;
  }

  /** Why the last look for them failed; empty where it did not. */
  get failure(): string {
    return this._failure;
  }

  get isLooking(): boolean {
    return this._looking !== undefined;
  }

  /** What a new deployment gets that names none. */
  get default(): IEngineView | undefined {
    return this._list?.find(engine => engine.default);
  }

  /** Name of the chosen engine; empty for the server's default. */
  get choice(): string {
    return this._choice;
  }

  /** What the choice comes to: undefined where the server does not know it, or has not told. */
  get chosen(): IEngineView | undefined {
    return this._choice
      ? this._list?.find(({ name }) => name === this._choice)
      : this.default;
  }

  /** Why the choice is not remembered; empty where it is. */
  get unsaved(): string {
    return this._unsaved;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Asks the server, which takes some tenths of a second; who asks meanwhile waits for the same answer. */
  look(): Promise<void> {
    this._looking ??= this._look();
    return this._looking;
  }

  /** Holds at once, remembered or not. */
  async choose(name: string): Promise<void> {
    this._choice = name;
    this._unsaved = '';
    this._changed.emit();
    if (!this._setting) {
      return;
    }
    this._saving += 1;
    let unsaved = '';
    try {
      await this._setting.write(name);
    } catch (error) {
      unsaved = error instanceof Error ? error.message : String(error);
    }
    this._saving -= 1;
    if (this._saving === 0 && unsaved) {
      this._unsaved = unsaved;
      this._changed.emit();
    }
  }

  /** From now on the choice is the one of the settings. */
  remember(setting: IEngineSetting): void {
    this._setting = setting;
    setting.changed.connect(this._read, this);
    this._read();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._setting?.changed.disconnect(this._read, this);
      Signal.clearData(this);
    }
  }

  private async _look(): Promise<void> {
    this._changed.emit();
    try {
      this._list = await this._client.engines();
      this._failure = '';
    } catch (error) {
      this._failure = error instanceof Error ? error.message : String(error);
    }
    this._looking = undefined;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private _read(): void {
    // What is being written is newer.
    const read = this._setting?.read() ?? '';
    if (this._saving === 0 && read !== this._choice) {
      this._choice = read;
      this._unsaved = '';
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _choice = '';
  private _failure = '';
  private _isDisposed = false;
  private _list: ReadonlyArray<IEngineView> | undefined;
  private _looking: Promise<void> | undefined;
  private _saving = 0;
  private _setting: IEngineSetting | undefined;
  private _unsaved = '';
}
