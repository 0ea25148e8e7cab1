import type { SyntaxNode } from '@lezer/common';

import type { INameEvent, Origin } from './events';
import { Scope } from './scopes';
import type { IPendingEvent, ScopeKind } from './scopes';

const OTHER: Origin = { kind: 'other' };

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

  use(node: SyntaxNode): void {
    this.emit('use', node);
  }

  bind(node: SyntaxNode, origin: Origin = OTHER, scope = this.scope): void {
    const name = this.text(node);
    if (scope.kind === 'module' || scope.globals.has(name)) {
      this.emit('definition', node, origin);
    } else {
      scope.bound.add(name);
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

  protected emit(
    kind: INameEvent['kind'],
    node: SyntaxNode,
    origin?: Origin
  ): void {
    this._pending.push({
      scope: this.scope,
      event: {
        kind,
        name: this.text(node),
        from: node.from,
        to: node.to,
        isDeferred: this.isDeferred,
        inAnnotation: this.inAnnotation,
        isGuarded: this.guards > 0,
        loop: this.loop,
        origin
      }
    });
  }

  protected text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }

  private readonly _pending: IPendingEvent[] = [];
  protected scope = new Scope('module', null);
  protected isDeferred = false;
  protected inAnnotation = false;
  protected guards = 0;
  protected loop = -1;
}
