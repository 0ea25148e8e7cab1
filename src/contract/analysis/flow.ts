import type { INameEvent, NameState } from './events';

/** What a name stands for at a place. */
export interface IHeld {
  state: NameState;
  /**
   * Of a name that is bound, the definition that gave it its value, if no other one can have done so; of one that
   * is deleted, what took it away.
   */
  event?: INameEvent;
}

const UNBOUND: IHeld = { state: 'unbound' };
const MAYBE: IHeld = { state: 'maybe' };
export const BOUND: IHeld = { state: 'bound' };
export const DELETED: IHeld = { state: 'deleted' };

/**
 * Which names have a value, along the paths that code can take. Loops are taken to run: an empty one is rare, and a
 * report about each name that a loop makes would bury the others.
 */
export class Flow {
  constructor(private readonly _parent: Flow | null = null) {
    this.isDead = _parent?.isDead ?? false;
    this.isPartial = _parent?.isPartial ?? false;
  }

  /** Whether nothing behind this place runs. */
  isDead: boolean;

  /** Whether a round of a loop may have ended before this place. */
  isPartial: boolean;

  get(name: string): IHeld {
    let held = this._states.get(name) ?? this._wiped(name);
    for (let at = this._parent; at && !held; at = at._parent) {
      held = at._states.get(name) ?? at._wiped(name);
    }
    return held ?? UNBOUND;
  }

  set(name: string, held: IHeld): void {
    this._states.set(name, held);
  }

  /** Takes away all names that match, those that other cells made among them. */
  wipe(matches: (name: string) => boolean, event: INameEvent): void {
    const held: IHeld = { state: 'deleted', event };
    for (const [name, { state }] of this._states) {
      if (state !== 'unbound' && matches(name)) {
        this._states.set(name, held);
      }
    }
    this._wipes.unshift({ matches, held });
  }

  private _wiped(name: string): IHeld | undefined {
    return this._wipes.length === 0
      ? undefined
      : this._wipes.find(({ matches }) => matches(name))?.held;
  }

  /** The names that this path changed. */
  get changes(): ReadonlyMap<string, IHeld> {
    return this._states;
  }

  /** A path that goes out from here. */
  branch(): Flow {
    return new Flow(this);
  }

  /** What is true here, as a path that goes out from `origin`, where this one began. */
  since(origin: Flow): Flow {
    const path = new Flow(origin);
    for (const name of this._changedSince(origin)) {
      path.set(name, this.get(name));
    }
    return path;
  }

  /**
   * Takes over what is true behind paths that went out from here, or from where this one did; `this` among them where
   * one goes past all. Where none of them goes on, nothing runs behind, and what it would find does not matter.
   */
  join(paths: ReadonlyArray<Flow>): void {
    const live = paths.filter(path => !path.isDead);
    this.isDead ||= live.length === 0;
    this.isPartial ||= paths.some(({ isPartial }) => isPartial);
    this.blend(live);
  }

  /** As `join`, but no matter whether the paths go on. */
  blend(paths: ReadonlyArray<Flow>): void {
    const names = new Set<string>();
    for (const path of paths) {
      if (path !== this && path !== this._parent) {
        path._changedSince(this).forEach(name => names.add(name));
      }
    }
    if (names.size > 0) {
      const joined = [...names].map(
        name => [name, joinHeld(paths.map(path => path.get(name)))] as const
      );
      joined.forEach(([name, held]) => this._states.set(name, held));
    }
  }

  private _changedSince(origin: Flow): string[] {
    const names = [...this._states.keys()];
    const end = origin._parent;
    for (
      let at = this._parent;
      at && at !== origin && at !== end;
      at = at._parent
    ) {
      names.push(...at._states.keys());
    }
    return names;
  }

  private readonly _states = new Map<string, IHeld>();
  private readonly _wipes: {
    matches: (name: string) => boolean;
    held: IHeld;
  }[] = [];
}

function joinHeld(all: IHeld[]): IHeld {
  const [first] = all;
  if (all.every(held => held === first)) {
    return first;
  }
  const states = new Set(all.map(({ state }) => state));
  if (states.size === 1) {
    // Which of the definitions it was, nobody knows.
    return { state: first.state };
  } else if (states.has('unbound') || states.has('maybe')) {
    return states.has('bound') || states.has('maybe') ? MAYBE : UNBOUND;
  }
  // Deleted on some path only: who deletes under a condition asks for it again under the same.
  return BOUND;
}
