import type { Flow, IHeld } from './flow';

/** A loop that code stands in: what is true where it is left, or begins anew. */
export interface ILoop {
  /** The path that the loop begins on. */
  readonly origin: Flow;
  readonly breaks: Flow[];
  readonly continues: Flow[];
}

/** A `try` that code stands in: what is true where its body ends early. */
export interface ITry {
  readonly origin: Flow;
  readonly ends: Flow[];
}

/** Where paths of a function, or of a cell, go on that end before the next statement. */
export class Jumps {
  /** A path ends; nothing runs behind it. */
  end(flow: Flow, statement: string): void {
    if (flow.isDead) {
      return;
    }
    for (const { origin, ends } of this._tries) {
      ends.push(flow.since(origin));
    }
    const loop = this._loops[this._loops.length - 1];
    if (statement === 'BreakStatement' || statement === 'ContinueStatement') {
      flow.isPartial = true;
      if (loop) {
        const path = flow.since(loop.origin);
        loop[statement === 'BreakStatement' ? 'breaks' : 'continues'].push(
          path
        );
        this._taken.push(path);
      }
    }
    flow.isDead = true;
  }

  inLoop(origin: Flow, visit: () => void): ILoop {
    const loop: ILoop = { origin, breaks: [], continues: [] };
    this._loops.push(loop);
    visit();
    this._loops.pop();
    return loop;
  }

  inTry(origin: Flow, visit: () => void): ITry {
    const attempt: ITry = { origin, ends: [] };
    this._tries.push(attempt);
    visit();
    this._tries.pop();
    return attempt;
  }

  /** What `break` and `continue` have taken along while `visit` was at work. */
  during(visit: () => void): Taken {
    const start = this._taken.length;
    visit();
    return new Taken(this._taken.slice(start));
  }

  private readonly _loops: ILoop[] = [];
  private readonly _tries: ITry[] = [];
  private readonly _taken: Flow[] = [];
}

/** Paths that pass something on their way out, such as a `finally`. */
class Taken {
  constructor(private readonly _paths: ReadonlyArray<Flow>) {}

  pass(changes: Iterable<readonly [string, IHeld]>): void {
    for (const [name, held] of changes) {
      this._paths.forEach(path => path.set(name, held));
    }
  }
}
