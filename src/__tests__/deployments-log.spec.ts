import { TextDecoder, TextEncoder } from 'util';
import type { ILogPart } from '../deployments/client';
import { ReleaseLog } from '../deployments/log';
import type { IRelease, Phase } from '../deployments/wire';

Object.assign(globalThis, { TextDecoder, TextEncoder });

/** Logs as they lie on the server, sent in parts of a few bytes. */
class FakeLogs {
  constructor(private readonly _part = 5) {}

  write(phase: Phase, text: string): void {
    this._texts.set(phase, (this._texts.get(phase) ?? '') + text);
  }

  release(): IRelease {
    return {
      release: 1,
      state: 'building',
      engine: 'process',
      created: 0,
      warnings: [],
      seq: 1,
      phases: [...this._texts].map(([phase, text]) => ({
        phase,
        status: 'started',
        log_size: bytes(text).length
      }))
    };
  }

  async log(
    name: string,
    release: number,
    phase: Phase,
    offset: number
  ): Promise<ILogPart> {
    this.requests += 1;
    const content = bytes(this._texts.get(phase) ?? '');
    return {
      content: content.slice(offset, offset + this._part),
      size: content.length
    };
  }

  requests = 0;
  private readonly _texts = new Map<Phase, string>();
}

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (log: ReleaseLog) =>
  log.lines(0, log.lineCount).map(({ text }) => text);

describe('ReleaseLog', () => {
  let log: ReleaseLog;

  afterEach(() => {
    log.dispose();
  });

  it('reads each byte once, whatever the parts cut through', async () => {
    const logs = new FakeLogs(3);
    logs.write('resolve', 'größer\n✓ fine\n');
    logs.write('execute', 'α\nβ');
    log = new ReleaseLog(logs, 'kmeans', 1);
    await log.follow(logs.release());
    expect(texts(log)).toEqual([
      'resolve',
      'größer',
      '✓ fine',
      'execute',
      'α',
      'β'
    ]);

    logs.write('execute', ' and more\nlast\n');
    await log.follow(logs.release());
    expect(texts(log).slice(3)).toEqual(['execute', 'α', 'β and more', 'last']);
    const { requests } = logs;
    await log.follow(logs.release());
    expect(logs.requests).toBe(requests);
  });

  it('shows of a progress bar what a terminal would', async () => {
    const logs = new FakeLogs(1000);
    logs.write('install', ' 10%\r 55%\r100%\r\nnext\n');
    log = new ReleaseLog(logs, 'kmeans', 1);
    await log.follow(logs.release());
    expect(texts(log)).toEqual(['install', '100%', 'next']);
  });

  it('looks up a few lines of very many', async () => {
    const logs = new FakeLogs(1_000_000);
    logs.write(
      'execute',
      Array.from({ length: 50_000 }, (_, line) => `line ${line}\n`).join('')
    );
    log = new ReleaseLog(logs, 'kmeans', 1);
    await log.follow(logs.release());
    expect(log.lineCount).toBe(50_001);
    expect(log.lines(40_000, 40_002).map(({ text }) => text)).toEqual([
      'line 39999',
      'line 40000'
    ]);
  });

  it('copies the whole text with the phases marked', async () => {
    const logs = new FakeLogs(1000);
    logs.write('check', 'fine\n');
    logs.write('execute', 'one\ntwo');
    log = new ReleaseLog(logs, 'kmeans', 1);
    await log.follow(logs.release());
    expect(log.text()).toBe('── check\nfine\n── execute\none\ntwo');
  });

  it('says why it could not be read, and recovers', async () => {
    const logs = new FakeLogs(1000);
    logs.write('check', 'fine\n');
    log = new ReleaseLog(logs, 'kmeans', 1);
    const read = jest
      .spyOn(logs, 'log')
      .mockRejectedValueOnce(new Error('The Jupyter server does not answer.'));
    await log.follow(logs.release());
    expect(log.failure).toBe('The Jupyter server does not answer.');
    read.mockRestore();
    await log.follow(logs.release());
    expect(log.failure).toBeNull();
    expect(texts(log)).toEqual(['check', 'fine']);
  });
});
