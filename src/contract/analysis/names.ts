/** Collects what a cell does with global names, by Python's scoping. */

import type { SyntaxNode } from '@lezer/common';

import type { IParsedCell } from '../python/parse';
import { assignmentOf, children } from '../python/tree';
import {
  endsPath,
  visitChoice,
  visitIf,
  visitMatch,
  visitTry
} from './branches';
import type { INameEvent, NameState, Origin } from './events';
import { DefinitionCollector } from './definitions';
import { mayMakeNames } from './openness';
import { bindPattern } from './patterns';
import { comprehensionOf, importedNames } from './statements';

/** What one cell does with global names. */
export interface ICollectedNames {
  /** In the order of evaluation. */
  events: INameEvent[];
  /** What is true of the names behind its last statement. */
  states: ReadonlyMap<string, NameState>;
}

export function collectNames(cell: IParsedCell): ICollectedNames {
  const collector = new NameCollector(cell);
  collector.visit(cell.tree.topNode);
  const { events, states } = collector;
  return { events, states };
}

class NameCollector extends DefinitionCollector {
  constructor(private readonly _cell: IParsedCell) {
    super(_cell.source);
    this._targets = new Set(_cell.targets);
  }

  visit(node: SyntaxNode): void {
    if (
      this._targets.size > 0 &&
      EXPRESSIONS.test(node.name) &&
      this._targets.delete(node.from)
    ) {
      this._bindTarget(node);
      return;
    }
    if (isLeaf(node.name)) {
      return;
    }
    switch (node.name) {
      case 'VariableName':
        return this.use(node);
      case 'AssignStatement':
        return this._assign(node);
      case 'UpdateStatement':
        return this._update(node);
      case 'NamedExpression':
        return this._walrus(children(node));
      case 'CallExpression':
        return this._call(node);
      case 'ArgList':
        return this._arguments(node);
      case 'Decorator':
        return this._decorator(node);
      case 'DecoratedStatement':
        return this.decorated(node);
      case 'FunctionDefinition':
        return this.functionDefinition(node, false);
      case 'LambdaExpression':
        return this.lambda(node);
      case 'ClassDefinition':
        return this.classDefinition(node);
      case 'ComprehensionExpression':
      case 'ArrayComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
        return this._comprehension(node);
      case 'ForStatement':
        return this._for(node);
      case 'WhileStatement':
        return this._inLoop(node, () => this.visitChildren(node));
      case 'IfStatement':
        return visitIf(node, this);
      case 'MatchStatement':
        return visitMatch(node, this);
      case 'TryStatement':
        return visitTry(node, this);
      case 'ConditionalExpression':
        return visitChoice(node, this);
      case 'BinaryExpression':
        return (node.getChild('and') ?? node.getChild('or'))
          ? visitChoice(node, this)
          : this.visitChildren(node);
      case 'DeleteStatement':
        return this._delete(children(node).slice(1));
      case 'WithStatement':
        return this._with(node);
      case 'ImportStatement':
        return this._import(node);
      case 'ScopeStatement':
        return this._declare(node);
      case 'MatchClause':
        return this._matchClause(node);
      case 'TypeDefinition':
        return this.typeAlias(node);
      case 'TypeDef':
        return this.annotation(node);
      default:
        this.visitChildren(node);
        if (endsPath(node, this.source)) {
          this.flow.isDead ||= this.scope.kind === 'module';
        }
    }
  }

  private _assign(node: SyntaxNode): void {
    const { targets, annotation, value } = assignmentOf(node);
    this.visitAll(value ?? []);
    if (annotation && !value) {
      this.visit(annotation);
    }
    for (const target of targets) {
      const isName = target.length === 1 && target[0].name === 'VariableName';
      if (isName && value) {
        this.bind(target[0], { kind: 'value', nodes: value });
      } else if (value) {
        const part: Origin = { kind: 'part', nodes: value };
        target.forEach(node => this._bindTarget(node, part));
      } else if (isName && this.scope.kind !== 'module') {
        // A mere annotation makes no value; within a function it makes the name local.
        this.scope.bound.add(this.text(target[0]));
      }
    }
    if (annotation && value) {
      // Python gives the name its value first.
      this.visit(annotation);
    }
  }

  private _update(node: SyntaxNode): void {
    this.visitChildren(node);
    const target = node.firstChild;
    if (target?.name === 'VariableName') {
      if (!this.scope.binds(this.text(target))) {
        // Its own name has no value yet; in a class, that of the module would do.
        this.useOfModule(target);
      }
      this.bind(target);
    }
  }

  private _bindTarget(node: SyntaxNode, origin?: Origin): void {
    switch (node.name) {
      case 'VariableName':
        return this.bind(node, origin);
      case 'TupleExpression':
      case 'ArrayExpression':
      case 'ParenthesizedExpression':
        return children(node).forEach(part => this._bindTarget(part, origin));
      default:
        // A target such as `a.b` or `a[0]` binds no name and uses its parts.
        return this.visit(node);
    }
  }

  private _walrus(parts: SyntaxNode[]): void {
    this.visit(parts[parts.length - 1]);
    const origin: Origin = { kind: 'value', nodes: parts.slice(-1) };
    this.bind(parts[0], origin, this.scope.binding);
  }

  private _call(node: SyntaxNode): void {
    this.visitChildren(node);
    const scope = this.scope;
    if (mayMakeNames(node, this._cell.source, scope)) {
      this.emit('anything', node);
    }
  }

  private _arguments(node: SyntaxNode): void {
    const parts = children(node);
    if (parts.some(({ name }) => name === 'for')) {
      return this._comprehension(node);
    }
    parts.forEach((part, index) => {
      const next = parts[index + 1];
      if (next?.name !== 'AssignOp') {
        if (
          parts[index - 1]?.name !== 'AssignOp' ||
          !this._isWalrus(parts[index - 1])
        ) {
          this.visit(part);
        }
      } else if (this._isWalrus(next)) {
        this._walrus([part, parts[index + 2] ?? part]);
      }
    });
  }

  private _isWalrus(node: SyntaxNode): boolean {
    return this.text(node) === ':=';
  }

  private _decorator(node: SyntaxNode): void {
    const parts = children(node);
    const name = parts.find(part => part.name === 'VariableName');
    this.visitAll(
      parts.filter(part => part === name || part.name === 'ArgList')
    );
  }

  /** The first iterable belongs to the scope around; all else to the comprehension's own. */
  private _comprehension(node: SyntaxNode): void {
    const { first, targets, rest } = comprehensionOf(node);
    if (first) {
      this.visit(first);
    }
    // A generator that is not consumed at once runs later.
    const isLate =
      node.name === 'ComprehensionExpression' &&
      node.parent?.name !== 'ArgList';
    this.within('comprehension', this.isDeferred || isLate, () => {
      targets.forEach(target => this._bindTarget(target));
      this.visitAll(rest);
    });
  }

  private _for(node: SyntaxNode): void {
    const parts = children(node);
    const start = parts.findIndex(({ name }) => name === 'for') + 1;
    const middle = parts.findIndex(({ name }) => name === 'in');
    const body = parts.findIndex(({ name }) => name === 'Body');
    this.visitAll(parts.slice(middle, body));
    this._inLoop(node, () => {
      parts.slice(start, middle).forEach(part => this._bindTarget(part));
      this.visitAll(parts.slice(body));
    });
  }

  private _inLoop(node: SyntaxNode, visit: () => void): void {
    const before = this.loop;
    this.loop = before < 0 ? node.from : before;
    const path = this.flow.branch();
    this.onPath(visit, path);
    // What ends a round of the loop ends no more.
    path.isDead = false;
    this.flow.join([path]);
    this.loop = before;
  }

  private _with(node: SyntaxNode): void {
    const parts = children(node);
    const body = parts.findIndex(({ name }) => name === 'Body');
    parts.slice(0, body).forEach((part, index) => {
      const before = parts[index - 1];
      if (before?.name === 'as') {
        this._bindTarget(part, { kind: 'context', node: parts[index - 2] });
      } else {
        this.visit(part);
      }
    });
    const isGuarded = SWALLOWS.test(
      this.source.slice(node.from, parts[body]?.from)
    );
    this.guarded(isGuarded, () => this.visitAll(parts.slice(body)));
  }

  private _delete(targets: SyntaxNode[]): void {
    for (const target of targets) {
      switch (target.name) {
        case 'VariableName':
          this.unbind(target);
          break;
        case 'TupleExpression':
        case 'ArrayExpression':
        case 'ParenthesizedExpression':
          this._delete(children(target));
          break;
        default:
          this.visit(target);
      }
    }
  }

  private _import(node: SyntaxNode): void {
    const { names, star } = importedNames(node, this.source);
    names.forEach(({ node: name, path }) =>
      this.bind(name, { kind: 'import', path })
    );
    if (star) {
      this.emit('anything', star);
    }
  }

  private _declare(node: SyntaxNode): void {
    const isGlobal = node.firstChild?.name === 'global';
    for (const name of node.getChildren('VariableName')) {
      (isGlobal ? this.scope.globals : this.scope.nonlocals).add(
        this.text(name)
      );
    }
  }

  private _matchClause(node: SyntaxNode): void {
    for (const part of children(node)) {
      if (part.name.endsWith('Pattern')) {
        bindPattern(part, this);
      } else {
        this.visit(part);
      }
    }
  }

  private readonly _targets: Set<number>;
}

const LEAVES = new Set([
  'Boolean',
  'Comment',
  'Ellipsis',
  'None',
  'Number',
  'PropertyName',
  'String'
]);

/** Whether a node has nothing in it: literals, and all keywords and signs, whose names have no capital. */
function isLeaf(name: string): boolean {
  const first = name.charCodeAt(0);
  return first < 65 || first > 90 || LEAVES.has(name);
}

const EXPRESSIONS = /Expression$|^VariableName$/;

/** What goes on behind an exception in its block: `contextlib.suppress`, and the like of test frameworks. */
const SWALLOWS = /\b(?:suppress|raises|assertRaises\w*)\s*\(/;
