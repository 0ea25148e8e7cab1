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
import { comprehensionOf, importedNames, quotedNames } from './statements';
import { mayMakeNames } from './openness';
import { parametersOf } from './parameters';
import { bindPattern } from './patterns';
import { NameRecorder } from './recorder';

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

class NameCollector extends NameRecorder {
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
        return this._decorated(node);
      case 'FunctionDefinition':
        return this._function(node, false);
      case 'LambdaExpression':
        return this._lambda(node);
      case 'ClassDefinition':
        return this._class(node);
      case 'ComprehensionExpression':
      case 'ArrayComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
        return this._comprehension(node);
      case 'ForStatement':
        return this._for(node);
      case 'WhileStatement':
        return this._inLoop(node, () => this._visitAll(children(node)));
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
          : this._visitAll(children(node));
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
        return this._typeAlias(node);
      case 'TypeDef':
        return this._annotation(node);
      default:
        this._visitAll(children(node));
        if (endsPath(node, this.source)) {
          this.flow.isDead ||= this.scope.kind === 'module';
        }
    }
  }

  private _visitAll(nodes: Iterable<SyntaxNode>): void {
    for (const node of nodes) {
      this.visit(node);
    }
  }

  private _assign(node: SyntaxNode): void {
    const { targets, annotation, value } = assignmentOf(node);
    this._visitAll(value ?? []);
    if (annotation) {
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
  }

  private _update(node: SyntaxNode): void {
    this._visitAll(children(node));
    const target = node.firstChild;
    if (target?.name === 'VariableName') {
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
    this._visitAll(children(node));
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
    this._visitAll(
      parts.filter(part => part === name || part.name === 'ArgList')
    );
  }

  private _decorated(node: SyntaxNode): void {
    const parts = children(node);
    const last = parts[parts.length - 1];
    // What decorates a function is a part of it.
    this.inUnit(last, () => this._visitAll(parts.slice(0, -1)));
    if (last.name === 'FunctionDefinition') {
      this._function(last, true);
    } else {
      this.visit(last);
    }
  }

  private _function(node: SyntaxNode, isDecorated: boolean): void {
    const name = node.getChild('VariableName');
    this.inUnit(node, () => this._signature(node));
    if (name) {
      this.bind(name, { kind: 'function', node, isDecorated });
    }
  }

  /** Defaults belong to the scope around, names of parameters to the function's own. */
  private _signature(node: SyntaxNode): void {
    const typeParameters = node.getChild('TypeParamList');
    const parameters = parametersOf(node.getChild('ParamList'));
    this._visitAll(parameters.flatMap(({ default_: value }) => value ?? []));
    this._inTypeParameters(typeParameters, () => {
      this._visitAll(parameters.flatMap(({ annotation }) => annotation ?? []));
      this._visitAll(node.getChildren('TypeDef'));
      this.within('function', true, () => {
        parameters.forEach(parameter => this.bind(parameter.name));
        this._visitAll(node.getChildren('Body'));
      });
    });
  }

  private _lambda(node: SyntaxNode): void {
    const parameters = parametersOf(node.getChild('ParamList'));
    this.inUnit(node, () => {
      this._visitAll(parameters.flatMap(({ default_: value }) => value ?? []));
      this.within('function', true, () => {
        parameters.forEach(parameter => this.bind(parameter.name));
        this._visitAll(
          children(node).filter(({ name }) => name !== 'ParamList')
        );
      });
    });
  }

  private _class(node: SyntaxNode): void {
    const name = node.getChild('VariableName');
    this.inUnit(node, () =>
      this._inTypeParameters(node.getChild('TypeParamList'), () => {
        this._visitAll(node.getChildren('ArgList'));
        this.within('class', this.isDeferred, () =>
          this._visitAll(node.getChildren('Body'))
        );
      })
    );
    if (name) {
      this.bind(name, { kind: 'class', node });
    }
  }

  private _typeAlias(node: SyntaxNode): void {
    const name = node.getChild('VariableName');
    this._inTypeParameters(node.getChild('TypeParamList'), () =>
      this.within('function', true, () =>
        this._visitAll(
          children(node).filter(
            child => child.from !== name?.from && child.name !== 'TypeParamList'
          )
        )
      )
    );
    if (name) {
      this.bind(name);
    }
  }

  /** Type parameters have a scope of their own around what they belong to. */
  private _inTypeParameters(list: SyntaxNode | null, visit: () => void): void {
    if (!list) {
      return visit();
    }
    this.within('function', this.isDeferred, () => {
      for (const parameter of list.getChildren('TypeParam')) {
        parameter.getChildren('VariableName').forEach(name => this.bind(name));
        this.within('function', true, () =>
          this._visitAll(parameter.getChildren('TypeDef'))
        );
      }
      visit();
    });
  }

  private _annotation(node: SyntaxNode): void {
    const before = this.inAnnotation;
    this.inAnnotation = true;
    this._visitAll(children(node));
    this.inAnnotation = before;
    for (const name of quotedNames(node, this.source)) {
      // What asks for it does so when a function runs.
      this.within('function', true, () => this.use(name));
    }
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
      this._visitAll(rest);
    });
  }

  private _for(node: SyntaxNode): void {
    const parts = children(node);
    const start = parts.findIndex(({ name }) => name === 'for') + 1;
    const middle = parts.findIndex(({ name }) => name === 'in');
    const body = parts.findIndex(({ name }) => name === 'Body');
    this._visitAll(parts.slice(middle, body));
    this._inLoop(node, () => {
      parts.slice(start, middle).forEach(part => this._bindTarget(part));
      this._visitAll(parts.slice(body));
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
    this.guarded(isGuarded, () => this._visitAll(parts.slice(body)));
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

const EXPRESSIONS = /Expression$|^VariableName$/;

/** What goes on behind an exception in its block: `contextlib.suppress`, and the like of test frameworks. */
const SWALLOWS = /\b(?:suppress|raises|assertRaises\w*)\s*\(/;
