import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import { Signal } from '@lumino/signaling';

/** Milliseconds in which several reasons to look become one. */
const DELAY = 500;

/** Knows what lies beside a notebook. */
export class Siblings implements IDisposable {
  constructor(
    private readonly _contents: Contents.IManager,
    path: string,
    private readonly _changed: () => void
  ) {
    this._directory = directoryOf(_contents, path);
    _contents.fileChanged.connect(this._onFile, this);
  }

  /** Names of files and directories; undefined until they are known. */
  get names(): ReadonlyArray<string> | undefined {
    return this._names;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Asks again, a little later. */
  look(): void {
    // The debouncer is not there any more once this is disposed.
    if (!this._isDisposed) {
      this._debouncer.invoke().catch(() => undefined);
    }
  }

  /** The notebook has another path. */
  move(path: string): void {
    const directory = directoryOf(this._contents, path);
    if (directory !== this._directory) {
      this._directory = directory;
      this._set(undefined);
    }
    this.look();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  private _onFile(_: Contents.IManager, change: Contents.IChangedArgs): void {
    const paths = [change.oldValue?.path, change.newValue?.path];
    const isHere = paths.some(
      path =>
        path !== undefined &&
        directoryOf(this._contents, path) === this._directory
    );
    const name = PathExt.basename(change.newValue?.path ?? '');
    if (isHere && !(change.type === 'save' && this._names?.includes(name))) {
      this.look();
    }
  }

  private async _ask(): Promise<void> {
    const directory = this._directory;
    let names: string[] | undefined;
    try {
      const model = await this._contents.get(directory, { content: true });
      names = (model.content as Contents.IModel[]).map(({ name }) => name);
    } catch {
      // A drive that lists nothing: then nothing is said of files.
    }
    if (!this._isDisposed && directory === this._directory) {
      this._set(names);
    }
  }

  private _set(names: string[] | undefined): void {
    if (names?.join('\0') !== this._names?.join('\0')) {
      this._names = names;
      this._changed();
    }
  }

  private readonly _debouncer = new Debouncer(() => this._ask(), DELAY);
  private _directory: string;
  private _names: ReadonlyArray<string> | undefined;
  private _isDisposed = false;
}

/** The directory of a path, with the path's drive. */
function directoryOf(contents: Contents.IManager, path: string): string {
  const drive = contents.driveName(path);
  const directory = PathExt.dirname(contents.localPath(path));
  return drive ? `${drive}:${directory}` : directory;
}
