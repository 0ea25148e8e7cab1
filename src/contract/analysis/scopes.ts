import type { INameEvent } from './events';

export type ScopeKind = 'module' | 'function' | 'class' | 'comprehension';

/** One of Python's scopes: the names that its own code binds. */
export class Scope {
  constructor(
    readonly kind: ScopeKind,
    readonly parent: Scope | null
  ) {}

  readonly bound = new Set<string>();
  readonly globals = new Set<string>();
  readonly nonlocals = new Set<string>();

  /** Where a walrus binds: comprehensions hand it to the scope around them. */
  get binding(): Scope {
    return this.kind === 'comprehension' && this.parent
      ? this.parent.binding
      : this;
  }

  /** Whether code above has made a name one of this scope's own, or said whose it is. */
  binds(name: string): boolean {
    return (
      this.kind === 'module' ||
      [this.bound, this.globals, this.nonlocals].some(names => names.has(name))
    );
  }

  /** Whether a name used here is one of the module's. Right only once all code of the scopes is read. */
  isGlobal(name: string): boolean {
    return (
      this.globals.has(name) || (!this._has(name) && this._isGlobalAround(name))
    );
  }

  private _has(name: string): boolean {
    return this.bound.has(name) && !this.nonlocals.has(name);
  }

  /** Looks through the scopes around; the names of a class are visible in its own body only. */
  private _isGlobalAround(name: string): boolean {
    const { parent } = this;
    if (!parent || parent.kind === 'module' || parent.globals.has(name)) {
      return true;
    }
    return (
      !(parent.kind !== 'class' && parent._has(name)) &&
      parent._isGlobalAround(name)
    );
  }
}

/** A use whose scope is not yet fully known. */
export interface IPendingEvent {
  event: INameEvent;
  scope: Scope;
}
