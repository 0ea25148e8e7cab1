import type { SyntaxNode } from '@lezer/common';

import { nameIn } from '../python/tree';
import type { INameEvent, Origin } from './events';
import { BOUND, DELETED, Flow } from './flow';
import type { IHeld } from './flow';
import { Jumps } from './jumps';
import { Scope } from './scopes';
import type { IPendingEvent, ScopeKind } from './scopes';

const OTHER: Origin = { kind: 'other' };

/** Where a name stands. */
export interface INamed {
  from: number;
  to: number;
}

/** Names that a magic takes away, and the deletion that stands for it. */
export interface IWipe {
  matches(name: string): boolean;
  event: INameEvent;
}

/** Writes down what happens to names, with the circumstances under which it happens. */
export class NameRecorder {
  constructor(readonly source: string) {
    this._isAscii = !/[^\0-\x7f]/.test(source);
  }

  /** What is about the module's names, in the order of recording. Right only when all is recorded. */
  get events(): INameEvent[] {
    const events: INameEvent[] = [];
    for (const { event, scope, isUnbound } of this._pending) {
      if (
        event.kind !== 'use' ||
        (isUnbound
          ? scope.isGlobalWhileUnbound(event.name)
          : scope.isGlobal(event.name))
      ) {
        events.push(event);
      }
    }
    return events;
  }

  /** Names that have a value behind the last statement, or may have one, or had one. */
  get states(): ReadonlyMap<string, IHeld> {
    return this._root.changes;
  }

  readonly wipes: IWipe[] = [];

  use(node: INamed): void {
    const { scope } = this;
    if (scope.kind !== 'class') {
      this.emit('use', node);
      return;
    }
    const name = this.text(node);
    const { state } = this.flow.get(this._keyIn(scope, name));
    if (state === 'maybe') {
      this.conditionally(() => this.emit('use', node, undefined, true));
    } else if (state !== 'bound') {
      this.emit('use', node, undefined, true);
    }
  }

  /** Uses a name as if the code stood at the module's own level. */
  protected useOfModule(node: INamed): void {
    const { scope } = this;
    this.scope = this._module;
    this.use(node);
    this.scope = scope;
  }

  bind(node: INamed, origin: Origin = OTHER, scope = this.scope): void {
    const name = this.text(node);
    if (scope.kind === 'module' || scope.globals.has(name)) {
      const event = this.emit('definition', node, origin);
      const held: IHeld = { state: 'bound', event };
      this.flow.set(name, held);
      if (this.isDeferred) {
        // When a function runs nobody knows: what it makes is taken for made.
        this._root.set(name, held);
      }
    } else {
      scope.bound.add(name);
      if (scope.kind === 'class') {
        this.flow.set(this._keyIn(scope, name), BOUND);
      }
    }
  }

  /** A name is gone; within a function, that makes it one of the function's own. */
  protected unbind(node: INamed): void {
    this.use(node);
    const name = this.text(node);
    const { scope } = this;
    if (scope.globals.has(name)) {
      this.flow.set(name, DELETED);
    } else if (scope.kind === 'module' && !this.isDeferred) {
      const event = this.emit('deletion', node);
      this.flow.set(name, { state: 'deleted', event });
    } else if (scope.kind === 'class') {
      this.flow.set(this._keyIn(scope, name), DELETED);
    } else {
      scope.binding.bound.add(name);
    }
  }

  /** All names that match are gone, whichever cell made them. Where that is not sure to happen, they are not. */
  protected wipe(node: INamed, matches: (name: string) => boolean): void {
    if (this.flow === this._root && this.conditions === 0) {
      const event = this.emit('deletion', node);
      this.flow.wipe(matches, event);
      this.wipes.push({ matches, event });
    }
  }

  /** Records what `visit` does in a scope of its own, now. */
  protected within(kind: ScopeKind, visit: () => void): void {
    const { scope } = this;
    this.scope = new Scope(kind, scope);
    visit();
    this.scope = scope;
  }

  /** Records what `visit` does in a scope of its own, whenever that runs: with paths of its own. */
  protected later(kind: ScopeKind, visit: () => void): void {
    const { isDeferred, flow, jumps } = this;
    this.isDeferred = true;
    this.depth++;
    this.flow = new Flow();
    this.flow.isDead = flow.isDead;
    this.jumps = new Jumps();
    this.within(kind, visit);
    this.isDeferred = isDeferred;
    this.depth--;
    this.flow = flow;
    this.jumps = jumps;
  }

  /** Records what `visit` does as part of a function, lambda or class. */
  protected inUnit(node: SyntaxNode, visit: () => void): void {
    const before = this.unit;
    this.unit = before < 0 ? node.from : before;
    visit();
    this.unit = before;
  }

  /** Records what `visit` does where it need not run, though what it makes is taken for made. */
  conditionally(visit: () => void): void {
    this.conditions++;
    visit();
    this.conditions--;
  }

  /** Records what `visit` does where an exception may have come before. */
  skippably(visit: () => void): void {
    this.skips++;
    visit();
    this.skips--;
  }

  /** Records what `visit` does on a path that need not be taken. */
  onBranch(visit: () => void, path = this.flow.branch()): Flow {
    this.conditionally(() => this.onPath(visit, path));
    return path;
  }

  /** Records what `visit` does on a path of its own. */
  onPath(visit: () => void, path: Flow): void {
    const before = this.flow;
    this.flow = path;
    visit();
    this.flow = before;
  }

  /** Records what `visit` does, which never runs. */
  unreached(visit: () => void): void {
    const path = this.flow.branch();
    path.isDead = true;
    this.onBranch(visit, path);
  }

  /** Records what `visit` does as the part of a loop, which begins at `from`. */
  inLoop(from: number, visit: () => void): void {
    const before = this.loop;
    this.loop = before < 0 ? from : before;
    visit();
    this.loop = before;
  }

  /** Records what `visit` does where a missing name is looked after, if it is. */
  guarded(isGuarded: boolean, visit: () => void): void {
    this.guards += Number(isGuarded);
    visit();
    this.guards -= Number(isGuarded);
  }

  protected emit(
    kind: INameEvent['kind'],
    node: INamed,
    origin?: Origin,
    isUnbound = false
  ): INameEvent {
    const name = this.text(node);
    const { flow } = this;
    const { state, event: held } = flow.get(name);
    const event: INameEvent = {
      kind,
      name,
      from: node.from,
      to: node.to,
      isDeferred: this.isDeferred,
      depth: this.depth,
      inAnnotation: this.inAnnotation,
      isGuarded: this.guards > 0 || flow.isDead,
      isConditional: this.conditions > 0,
      isSkippable: this.skips > 0 || flow.isPartial,
      loop: this.loop,
      unit: this.unit,
      state,
      held,
      isCall: this.source[node.to] === '(',
      origin
    };
    this._pending.push({ scope: this.scope, event, isUnbound });
    return event;
  }

  /** A name as Python reads it. */
  text(node: INamed): string {
    return this._isAscii
      ? this.source.slice(node.from, node.to)
      : nameIn(this.source, node);
  }

  /** What the name of a class's own is called in a flow: no module has such a name. */
  private _keyIn(scope: Scope, name: string): string {
    let key = this._classes.get(scope);
    if (key === undefined) {
      key = this._classes.size;
      this._classes.set(scope, key);
    }
    return `${key} ${name}`;
  }

  private readonly _isAscii: boolean;
  private readonly _pending: IPendingEvent[] = [];
  private readonly _classes = new Map<Scope, number>();
  private readonly _root = new Flow();
  private readonly _module = new Scope('module', null);
  flow = this._root;
  jumps = new Jumps();
  protected scope = this._module;
  protected isDeferred = false;
  protected inAnnotation = false;
  protected guards = 0;
  protected conditions = 0;
  protected skips = 0;
  protected depth = 0;
  protected loop = -1;
  protected unit = -1;
}
