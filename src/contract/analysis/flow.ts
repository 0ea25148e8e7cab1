import type { NameState } from './events';

/**
 * Which of a module's names have a value, along the paths that its code can take. Loops are taken to run: an empty
 * one is rare, and a report about each name that a loop makes would bury the others.
 */
export class Flow {
  constructor(private readonly _parent: Flow | null = null) {}

  /** Whether nothing behind this place runs. */
  isDead = false;

  get(name: string): NameState {
    return this._states.get(name) ?? this._parent?.get(name) ?? 'unbound';
  }

  set(name: string, state: NameState): void {
    this._states.set(name, state);
  }

  /** The names that this path changed. */
  get changes(): ReadonlyMap<string, NameState> {
    return this._states;
  }

  /** A path that goes out from here. */
  branch(): Flow {
    return new Flow(this);
  }

  /** Takes over what is true behind paths that went out from here; `this` among them where one goes past all. */
  join(paths: ReadonlyArray<Flow>): void {
    const live = paths.filter(path => !path.isDead);
    if (live.length === 0) {
      // Nothing runs behind; what it would find does not matter.
      this.isDead = true;
    }
    const names = new Set(live.flatMap(path => [...path._changesOver(this)]));
    const joined = [...names].map(name => {
      const states = live.map(path => path.get(name));
      return [name, joinStates(states)] as const;
    });
    joined.forEach(([name, state]) => this._states.set(name, state));
  }

  private _changesOver(origin: Flow): Iterable<string> {
    return this === origin ? [] : this._states.keys();
  }

  private readonly _states = new Map<string, NameState>();
}

function joinStates(states: NameState[]): NameState {
  const [first, ...others] = states;
  if (others.every(state => state === first)) {
    return first;
  }
  const has = (state: NameState) => states.includes(state);
  if (has('unbound') || has('maybe')) {
    return has('bound') || has('maybe') ? 'maybe' : 'unbound';
  }
  // Deleted on some path only: who deletes under a condition asks for it again under the same.
  return 'bound';
}
