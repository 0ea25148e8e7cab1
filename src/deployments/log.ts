import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DeploymentsClient } from './client';
import type { IRelease, Phase } from './wire';

/** One phase's part of a log, read so far. */
interface ISection {
  phase: Phase;
  lines: string[];
  /** Text after the last line end. */
  rest: string;
  /** Bytes read. */
  offset: number;
  decoder: TextDecoder;
}

/** One line as it is to be shown. */
export interface ILogLine {
  text: string;
  /** Whether it is a phase's name rather than its output. */
  isHeading: boolean;
}

/**
 * The log of one release, read by offset as it grows.
 *
 * #### Notes
 * Lines are kept as an array a phase and looked up by number, so that a view may show a few of very many.
 */
export class ReleaseLog implements IDisposable {
  constructor(
    private readonly _client: Pick<DeploymentsClient, 'log'>,
    readonly name: string,
    readonly release: number
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get lineCount(): number {
    return this._sections.reduce(
      (sum, section) => sum + 1 + section.lines.length + (section.rest ? 1 : 0),
      0
    );
  }

  /** Why the log could not be read, if so. */
  get failure(): string | null {
    return this._failure;
  }

  /** Lines `from` to `to` (excluded) of the whole. */
  lines(from: number, to: number): ILogLine[] {
    const found: ILogLine[] = [];
    let at = 0;
    for (const { phase, lines, rest } of this._sections) {
      const count = 1 + lines.length + (rest ? 1 : 0);
      for (
        let line = Math.max(from, at);
        line < Math.min(to, at + count);
        line++
      ) {
        const index = line - at - 1;
        found.push(
          index < 0
            ? { text: phase, isHeading: true }
            : { text: afterReturn(lines[index] ?? rest), isHeading: false }
        );
      }
      at += count;
    }
    return found;
  }

  /** The whole text, as it was logged. */
  text(): string {
    return this._sections
      .map(({ phase, lines, rest }) => [`── ${phase}`, ...lines, rest])
      .map(lines => lines.join('\n').trimEnd())
      .join('\n');
  }

  /** Reads what is new according to `view`; calls while it reads are put together. */
  async follow(view: IRelease): Promise<void> {
    this._wanted = view;
    if (this._isReading) {
      return;
    }
    this._isReading = true;
    try {
      while (!this._isDisposed && (await this._readOnce())) {
        this._failure = null;
        this._changed.emit();
      }
    } catch (error) {
      this._failure = error instanceof Error ? error.message : String(error);
      this._changed.emit();
    } finally {
      this._isReading = false;
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  /** Reads one part of the first phase that has more; answers whether there was one. */
  private async _readOnce(): Promise<boolean> {
    for (const { phase, log_size } of this._wanted?.phases ?? []) {
      const section = this._section(phase);
      if (log_size <= section.offset) {
        continue;
      }
      const { content } = await this._client.log(
        this.name,
        this.release,
        phase,
        section.offset
      );
      if (content.length === 0) {
        return false;
      }
      section.offset += content.length;
      const text =
        section.rest + section.decoder.decode(content, { stream: true });
      const lines = text.split('\n');
      section.rest = lines.pop() ?? '';
      for (const line of lines) {
        section.lines.push(line);
      }
      return true;
    }
    return false;
  }

  private _section(phase: Phase): ISection {
    let section = this._sections.find(candidate => candidate.phase === phase);
    if (!section) {
      section = {
        phase,
        lines: [],
        rest: '',
        offset: 0,
        decoder: new TextDecoder()
      };
      this._sections.push(section);
    }
    return section;
  }

  private readonly _sections: ISection[] = [];
  private readonly _changed = new Signal<this, void>(this);
  private _wanted: IRelease | null = null;
  private _failure: string | null = null;
  private _isReading = false;
  private _isDisposed = false;
}

/** What a terminal would show of a line that returns to its beginning, as progress bars do. */
function afterReturn(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.slice(text.lastIndexOf('\r') + 1);
}
