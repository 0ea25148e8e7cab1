import type { INameEvent } from './events';

/** An `annotation` is the scope of type parameters, and of what they belong to (PEP 695). */
export type ScopeKind =
  'module' | 'function' | 'class' | 'comprehension' | 'annotation';

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
      this.globals.has(name) ||
      (!this._has(name) &&
        this._isGlobalAround(name, this.kind === 'annotation'))
    );
  }

  /** The same of a name that has no value here yet: in the body of a class, Python asks the module for it. */
  isGlobalWhileUnbound(name: string): boolean {
    return (
      this._has(name) ||
      this.globals.has(name) ||
      this._isGlobalAround(name, false)
    );
  }

  private _has(name: string): boolean {
    return this.bound.has(name) && !this.nonlocals.has(name);
  }

  /** Looks through the scopes around. The names of a class are visible in its own body and its annotations only. */
  private _isGlobalAround(name: string, seesClass: boolean): boolean {
    const { parent } = this;
    if (!parent || parent.kind === 'module' || parent.globals.has(name)) {
      return true;
    }
    return (
      !((seesClass || parent.kind !== 'class') && parent._has(name)) &&
      parent._isGlobalAround(name, seesClass && parent.kind === 'annotation')
    );
  }
}

/** An event whose scope is not yet fully known. */
export interface IPendingEvent {
  event: INameEvent;
  scope: Scope;
  /** Whether its scope, that of a class, has no value for it at that place. */
  isUnbound: boolean;
}
