import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ICursorMessage, StreamMessage } from './wire';

const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;

/**
 * The server's event stream, opened again whenever it closes.
 *
 * #### Notes
 * Each connection begins by telling the server what has been seen, so nothing is missed or sent twice.
 */
export class EventStream implements IDisposable {
  constructor(private readonly _options: EventStream.IOptions) {}

  get isConnected(): boolean {
    return this._isConnected;
  }

  get connectionChanged(): ISignal<this, boolean> {
    return this._connectionChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Opens the connection; does nothing while there is one. */
  open(): void {
    if (this._socket || this._isDisposed) {
      return;
    }
    window.clearTimeout(this._timer);
    const { serverSettings } = this._options;
    const token =
      serverSettings.appendToken && serverSettings.token
        ? `?token=${encodeURIComponent(serverSettings.token)}`
        : '';
    const socket = new serverSettings.WebSocket(
      URLExt.join(serverSettings.wsUrl, 'slipway', 'events') + token
    );
    this._socket = socket;
    let hasOpened = false;
    socket.onopen = () => {
      hasOpened = true;
      this._delay = FIRST_DELAY;
      socket.send(JSON.stringify(this._options.cursor()));
      this._setConnected(true);
    };
    socket.onmessage = message => {
      this._options.receive(JSON.parse(message.data) as StreamMessage);
    };
    socket.onclose = () => {
      this._socket = null;
      this._setConnected(false);
      this._openLater();
      if (!hasOpened) {
        this._options.refused?.();
      }
    };
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    if (this._socket) {
      this._socket.onclose = null;
      this._socket.onmessage = null;
      this._socket.close();
      this._socket = null;
    }
    Signal.clearData(this);
  }

  private _openLater(): void {
    if (this._isDisposed) {
      return;
    }
    this._timer = window.setTimeout(() => this.open(), this._delay);
    this._delay = Math.min(this._delay * 2, LONGEST_DELAY);
  }

  private _setConnected(isConnected: boolean): void {
    if (isConnected !== this._isConnected) {
      this._isConnected = isConnected;
      this._connectionChanged.emit(isConnected);
    }
  }

  private _socket: WebSocket | null = null;
  private _timer = 0;
  private _delay = FIRST_DELAY;
  private _isConnected = false;
  private _isDisposed = false;
  private readonly _connectionChanged = new Signal<this, boolean>(this);
}

export namespace EventStream {
  export interface IOptions {
    serverSettings: ServerConnection.ISettings;
    /** What has been seen so far; asked for at each connection. */
    cursor: () => ICursorMessage;
    /** Takes one message. */
    receive: (message: StreamMessage) => void;
    /** Told when a connection could not be opened; another attempt follows. */
    refused?: () => void;
  }
}
