import type { SyntaxNode } from '@lezer/common';

import type { INameEvent, NameState, Origin } from './events';
import { Flow } from './flow';
import { Scope } from './scopes';
import type { IPendingEvent, ScopeKind } from './scopes';

const OTHER: Origin = { kind: 'other' };

/** Where a name stands. */
export interface INamed {
  from: number;
  to: number;
}

/** Writes down what happens to names, with the circumstances under which it happens. */
export class NameRecorder {
  constructor(protected readonly source: string) {}

  /** What is about the module's names, in the order of recording. Right only when all is recorded. */
  get events(): INameEvent[] {
    return this._pending
      .filter(
        ({ event, scope }) => event.kind !== 'use' || scope.isGlobal(event.name)
      )
      .map(({ event }) => event);
  }

  /** Names that have a value behind the last statement, or may have one, or had one. */
  get states(): ReadonlyMap<string, NameState> {
    return this._root.changes;
  }

  use(node: INamed): void {
    this.emit('use', node);
  }

  /** Uses a name as if the code stood at the module's own level. */
  protected useOfModule(node: INamed): void {
    const { scope } = this;
    this.scope = this._module;
    this.use(node);
    this.scope = scope;
  }

  bind(node: SyntaxNode, origin: Origin = OTHER, scope = this.scope): void {
    const name = this.text(node);
    if (scope.kind === 'module' || scope.globals.has(name)) {
      this.emit('definition', node, origin);
      // When a function runs nobody knows: what it makes is taken for made.
      (this.isDeferred ? this._root : this.flow).set(name, 'bound');
    } else {
      scope.bound.add(name);
    }
  }

  /** A name is gone; within a function, that makes it one of the function's own. */
  protected unbind(node: SyntaxNode): void {
    this.use(node);
    const name = this.text(node);
    if (this.scope.kind === 'module' && !this.isDeferred) {
      this.emit('deletion', node);
      this.flow.set(name, 'deleted');
    } else if (!this.scope.globals.has(name)) {
      this.scope.binding.bound.add(name);
    }
  }

  /** Records what `visit` does in a scope of its own. */
  protected within(
    kind: ScopeKind,
    isDeferred: boolean,
    visit: () => void
  ): void {
    const { scope, isDeferred: before } = this;
    this.scope = new Scope(kind, scope);
    this.isDeferred = isDeferred;
    visit();
    this.scope = scope;
    this.isDeferred = before;
  }

  /** Records what `visit` does as part of a function, lambda or class. */
  protected inUnit(node: SyntaxNode, visit: () => void): void {
    const before = this.unit;
    this.unit = before < 0 ? node.from : before;
    visit();
    this.unit = before;
  }

  /** Records what `visit` does on a path that need not be taken. */
  onBranch(visit: () => void, path = this.flow.branch()): Flow {
    this.conditions++;
    this.onPath(visit, path);
    this.conditions--;
    return path;
  }

  /** Records what `visit` does on a path of its own. */
  onPath(visit: () => void, path: Flow): void {
    const before = this.flow;
    this.flow = path;
    visit();
    this.flow = before;
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
    origin?: Origin
  ): void {
    const name = this.text(node);
    this._pending.push({
      scope: this.scope,
      event: {
        kind,
        name,
        from: node.from,
        to: node.to,
        isDeferred: this.isDeferred,
        inAnnotation: this.inAnnotation,
        isGuarded: this.guards > 0 || this.flow.isDead,
        isConditional: this.conditions > 0,
        loop: this.loop,
        unit: this.unit,
        state: this.flow.get(name),
        isCall: this.source[node.to] === '(',
        origin
      }
    });
  }

  text(node: INamed): string {
    return this.source.slice(node.from, node.to);
  }

  private readonly _pending: IPendingEvent[] = [];
  private readonly _root = new Flow();
  flow = this._root;
  private readonly _module = new Scope('module', null);
  protected scope = this._module;
  protected isDeferred = false;
  protected inAnnotation = false;
  protected guards = 0;
  protected conditions = 0;
  protected loop = -1;
  protected unit = -1;
}
