/** Collects what a cell does with global names, by Python's scoping. */

import type { SyntaxNode } from '@lezer/common';

import type { IMark } from '../python/magics';
import type { IParsedCell } from '../python/parse';
import { assignmentOf, children } from '../python/tree';
import {
  endsPath,
  visitAssert,
  visitChoice,
  visitIf,
  visitMatch
} from './branches';
import type { INameEvent, Origin } from './events';
import { DefinitionCollector } from './definitions';
import type { IHeld } from './flow';
import { visitFor, visitWhile } from './loops';
import { changesModule, isNamespaceValue, mayMakeNames } from './openness';
import { bindPattern } from './patterns';
import type { IWipe } from './recorder';
import { comprehensionOf, importedNames } from './statements';
import { visitTry, visitWithBody } from './tries';
import { truthOf } from './truth';

/** What one cell does with global names. */
export interface ICollectedNames {
  /** In the order of evaluation. */
  events: INameEvent[];
  /** What is true of the names behind its last statement. */
  states: ReadonlyMap<string, IHeld>;
  /** Names that magics take away, whichever cell made them. */
  wipes: ReadonlyArray<IWipe>;
}

export function collectNames(cell: IParsedCell): ICollectedNames {
  const collector = new NameCollector(cell);
  collector.visitCell();
  const { events, states, wipes } = collector;
  return { events, states, wipes };
}

class NameCollector extends DefinitionCollector {
  constructor(private readonly _cell: IParsedCell) {
    super(_cell.source);
    this._targets = new Set(_cell.targets);
    this._hasMarks = _cell.marks.size > 0;
  }

  visitCell(): void {
    const { tree, isLocal } = this._cell;
    const visit = () => this.visit(tree.topNode);
    if (isLocal) {
      this.within('function', visit);
    } else {
      visit();
    }
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
    if (this._hasMarks && this._marked(node)) {
      return;
    }
    if (isLeaf(node.name)) {
      return;
    }
    switch (node.name) {
      case 'VariableName':
        return this._name(node);
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
        return visitFor(node, this, target => this._bindTarget(target));
      case 'WhileStatement':
        return visitWhile(node, this);
      case 'AssertStatement':
        return visitAssert(node, this);
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
          this.jumps.end(this.flow, node.name);
        }
    }
  }

  /** What stands in the place of a magic: whether all is said of it. */
  private _marked(node: SyntaxNode): boolean {
    const mark = this._cell.marks.get(node.from);
    if (!mark || this._seen === mark) {
      return false;
    } else if (mark.kind === 'local') {
      if (!/Statement$|Group$|Definition$/.test(node.name)) {
        return false;
      }
      this._seen = mark;
      this.within('function', () => this.visit(node));
      this._seen = undefined;
      return true;
    } else if (node.name !== 'Number') {
      return false;
    }
    if (mark.kind === 'opens') {
      this._open(node);
    } else if (mark.kind === 'deletes') {
      mark.names.forEach(name => this.unbind(name));
    } else {
      this.wipe(mark, name => mark.matches(name));
    }
    return true;
  }

  private _name(node: SyntaxNode): void {
    if (this._cell.walruses.size > 0 && this._cell.walruses.has(node.from)) {
      return this.bind(node, undefined, this.scope.binding);
    }
    this.use(node);
    if (isNamespaceValue(node, this.source, this.scope)) {
      this._open(node);
    }
  }

  /** From here on, names may exist that nobody can see. */
  private _open(node: SyntaxNode): void {
    if (!this.flow.isDead) {
      this.emit('anything', node);
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
      if (this.scope.kind !== 'class' && !this.scope.binds(this.text(target))) {
        // Its own name has no value yet.
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
        this.visit(node);
        if (changesModule(node, this.source)) {
          this._open(node);
        }
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
    if (mayMakeNames(node, this.source, scope)) {
      this._open(node);
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
    const { first, targets, clauses, elements } = comprehensionOf(node);
    if (first) {
      this.visit(first);
    }
    // A generator that is not consumed at once runs later.
    const isLate =
      node.name === 'ComprehensionExpression' &&
      node.parent?.name !== 'ArgList';
    const visit = () => {
      targets.forEach(target => this._bindTarget(target));
      let conditions = 0;
      for (const { node: part, isCondition } of clauses) {
        this.visit(part);
        if (isCondition && truthOf(part, this.source) !== true) {
          conditions++;
          this.conditions++;
        }
      }
      this.visitAll(elements);
      this.conditions -= conditions;
    };
    const runs = !first || truthOf(first, this.source) !== false;
    this[isLate ? 'later' : 'within']('comprehension', () =>
      runs ? visit() : this.unreached(visit)
    );
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
    if (body >= 0) {
      const head = this.source.slice(node.from, parts[body].from);
      visitWithBody(parts[body], head, this);
    }
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
      this._open(star);
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
  private readonly _hasMarks: boolean;
  /** The mark whose statement is being visited. */
  private _seen?: IMark;
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
