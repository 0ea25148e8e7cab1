import { ServerConnection } from '@jupyterlab/services';
import { EventStream } from '../deployments/stream';
import type { StreamMessage } from '../deployments/wire';

/** Stands in for the browser's WebSocket; the test plays the server. */
class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all[FakeSocket.all.length - 1];
  }

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  sent: unknown[] = [];
  isClosed = false;
  onopen: () => void = () => undefined;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
}

function makeStream(token = ''): {
  stream: EventStream;
  received: StreamMessage[];
  seen: Record<string, number>;
} {
  const received: StreamMessage[] = [];
  const seen: Record<string, number> = {};
  const stream = new EventStream({
    serverSettings: ServerConnection.makeSettings({
      wsUrl: 'ws://127.0.0.1:1/base/',
      token,
      appendToken: true,
      WebSocket: FakeSocket as unknown as typeof WebSocket
    }),
    cursor: () => ({ cursor: { ...seen } }),
    receive: message => received.push(message)
  });
  return { stream, received, seen };
}

describe('EventStream', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    FakeSocket.all = [];
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('tells of connections that could not be opened, and of no others', () => {
    const refused = jest.fn();
    const stream = new EventStream({
      serverSettings: ServerConnection.makeSettings({
        wsUrl: 'ws://127.0.0.1:1/',
        WebSocket: FakeSocket as unknown as typeof WebSocket
      }),
      cursor: () => ({ cursor: {} }),
      receive: () => undefined,
      refused
    });
    stream.open();
    FakeSocket.last.onclose?.();
    expect(refused).toHaveBeenCalledTimes(1);
    jest.runOnlyPendingTimers();
    FakeSocket.last.onopen();
    FakeSocket.last.onclose?.();
    expect(refused).toHaveBeenCalledTimes(1);
    stream.dispose();
  });

  it('opens with the cursor and hands messages on', () => {
    const { stream, received } = makeStream();
    stream.open();
    expect(FakeSocket.last.url).toBe('ws://127.0.0.1:1/base/slipway/events');
    FakeSocket.last.onopen();
    expect(FakeSocket.last.sent).toEqual([{ cursor: {} }]);
    expect(stream.isConnected).toBe(true);
    FakeSocket.last.onmessage?.({ data: '{"kind":"caught-up"}' });
    expect(received).toEqual([{ kind: 'caught-up' }]);
  });

  it('carries the token where the server wants it in the address', () => {
    const { stream } = makeStream('a b');
    stream.open();
    expect(FakeSocket.last.url).toMatch(/\?token=a%20b$/);
  });

  it('comes back after a lost connection with what it has seen, ever more slowly', () => {
    const { stream, seen } = makeStream();
    stream.open();
    FakeSocket.last.onopen();
    seen['kmeans/1'] = 7;
    FakeSocket.last.onclose?.();
    expect(stream.isConnected).toBe(false);
    expect(FakeSocket.all).toHaveLength(1);

    jest.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.last.onclose?.();
    jest.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(2);
    jest.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(3);

    FakeSocket.last.onopen();
    expect(FakeSocket.last.sent).toEqual([{ cursor: { 'kmeans/1': 7 } }]);
  });

  it('has one connection at a time, and none after it was disposed of', () => {
    const { stream } = makeStream();
    stream.open();
    stream.open();
    expect(FakeSocket.all).toHaveLength(1);
    stream.dispose();
    expect(FakeSocket.last.isClosed).toBe(true);
    stream.open();
    jest.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });
});
