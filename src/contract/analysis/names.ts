/** Collects what a cell does with global names, by Python's scoping. */

import type { SyntaxNode } from '@lezer/common';

import type { IParsedCell } from '../python/parse';
import { assignmentOf, children } from '../python/tree';
import type { INameEvent, Origin } from './events';
import { parametersOf } from './parameters';
import { bindPattern } from './patterns';
import { Scope } from './scopes';
import type { IPendingEvent, ScopeKind } from './scopes';

const OTHER: Origin = { kind: 'other' };

/** Functions through which code may make any global name. */
const NAMESPACES = /^(exec|globals|locals|vars)$/;

/** What only looks at the shell, or does in it what makes no names. */
const HARMLESS_SHELL =
  /^get_ipython\(\)\s*\.\s*(?:system|getoutput|set_custom_exc|config|kernel|display_formatter|(?:run_line_)?magic\(\s*f?['"]%?(?!run|load\b|loadpy|pylab|store|macro|recall|rerun))/;

/** Handlers that a missing name ends in. */
const CATCHES_NAMES = /\b(NameError|Exception|BaseException)\b/;

/** The global names of one cell, in the order of evaluation. */
export function collectNames(cell: IParsedCell): INameEvent[] {
  return new NameCollector(cell).run();
}

/** What `bindPattern` needs of the collector. */
export interface INameSink {
  use(node: SyntaxNode): void;
  bind(node: SyntaxNode): void;
}

class NameCollector implements INameSink {
  constructor(private readonly _cell: IParsedCell) {
    this._targets = new Set(_cell.targets);
  }

  run(): INameEvent[] {
    this._visit(this._cell.tree.topNode);
    return this._pending
      .filter(
        ({ event, scope }) => event.kind !== 'use' || scope.isGlobal(event.name)
      )
      .map(({ event }) => event);
  }

  use(node: SyntaxNode): void {
    this._emit('use', node);
  }

  bind(node: SyntaxNode, origin: Origin = OTHER, scope = this._scope): void {
    const name = this._text(node);
    if (scope.kind === 'module' || scope.globals.has(name)) {
      this._emit('definition', node, origin);
    } else {
      scope.bound.add(name);
    }
  }

  private _visit(node: SyntaxNode): void {
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
        children(node).forEach(child =>
          child.name === 'FunctionDefinition'
            ? this._function(child, true)
            : this._visit(child)
        );
        return;
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
      case 'TryStatement':
        return this._try(node);
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
    }
  }

  private _visitAll(nodes: Iterable<SyntaxNode>): void {
    for (const node of nodes) {
      this._visit(node);
    }
  }

  private _assign(node: SyntaxNode): void {
    const { targets, annotation, value } = assignmentOf(node);
    this._visitAll(value ?? []);
    if (annotation) {
      this._visit(annotation);
    }
    for (const target of targets) {
      const isName = target.length === 1 && target[0].name === 'VariableName';
      if (isName && value) {
        this.bind(target[0], { kind: 'value', nodes: value });
      } else if (value) {
        target.forEach(part => this._bindTarget(part));
      } else if (isName) {
        // A mere annotation makes no value; within a function it makes the name local.
        this._scope.bound.add(this._text(target[0]));
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

  private _bindTarget(node: SyntaxNode): void {
    switch (node.name) {
      case 'VariableName':
        return this.bind(node);
      case 'TupleExpression':
      case 'ArrayExpression':
      case 'ParenthesizedExpression':
        return children(node).forEach(part => this._bindTarget(part));
      default:
        // A target such as `a.b` or `a[0]` binds no name and uses its parts.
        return this._visit(node);
    }
  }

  private _walrus(parts: SyntaxNode[]): void {
    this._visit(parts[parts.length - 1]);
    const origin: Origin = { kind: 'value', nodes: parts.slice(-1) };
    this.bind(parts[0], origin, this._scope.binding);
  }

  private _call(node: SyntaxNode): void {
    this._visitAll(children(node));
    const callee = this._text(node.firstChild as SyntaxNode);
    if (callee === 'get_ipython') {
      const text = this._cell.source.slice(node.from, node.from + 120);
      if (!HARMLESS_SHELL.test(text)) {
        this._emit('anything', node);
      }
    } else if (NAMESPACES.test(callee) && this._scope.isGlobal(callee)) {
      const own = callee === 'locals' || callee === 'vars';
      if (!own || this._scope.binding.kind === 'module') {
        this._emit('anything', node);
      }
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
          this._visit(part);
        }
      } else if (this._isWalrus(next)) {
        this._walrus([part, parts[index + 2] ?? part]);
      }
    });
  }

  private _isWalrus(node: SyntaxNode): boolean {
    return this._text(node) === ':=';
  }

  private _decorator(node: SyntaxNode): void {
    const parts = children(node);
    const name = parts.find(part => part.name === 'VariableName');
    this._visitAll(
      parts.filter(part => part === name || part.name === 'ArgList')
    );
  }

  private _function(node: SyntaxNode, isDecorated: boolean): void {
    const name = node.getChild('VariableName');
    const typeParameters = node.getChild('TypeParamList');
    const parameters = parametersOf(node.getChild('ParamList'));
    this._visitAll(parameters.flatMap(({ default_: value }) => value ?? []));
    this._inTypeParameters(typeParameters, () => {
      this._visitAll(parameters.flatMap(({ annotation }) => annotation ?? []));
      this._visitAll(node.getChildren('TypeDef'));
      this._in('function', true, () => {
        parameters.forEach(parameter => this.bind(parameter.name));
        this._visitAll(node.getChildren('Body'));
      });
    });
    if (name) {
      this.bind(name, { kind: 'function', node, isDecorated });
    }
  }

  private _lambda(node: SyntaxNode): void {
    const parameters = parametersOf(node.getChild('ParamList'));
    this._visitAll(parameters.flatMap(({ default_: value }) => value ?? []));
    this._in('function', true, () => {
      parameters.forEach(parameter => this.bind(parameter.name));
      this._visitAll(children(node).filter(({ name }) => name !== 'ParamList'));
    });
  }

  private _class(node: SyntaxNode): void {
    const name = node.getChild('VariableName');
    this._inTypeParameters(node.getChild('TypeParamList'), () => {
      this._visitAll(node.getChildren('ArgList'));
      this._in('class', this._isDeferred, () =>
        this._visitAll(node.getChildren('Body'))
      );
    });
    if (name) {
      this.bind(name);
    }
  }

  private _typeAlias(node: SyntaxNode): void {
    const name = node.getChild('VariableName');
    this._inTypeParameters(node.getChild('TypeParamList'), () =>
      this._in('function', true, () =>
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
    this._in('function', this._isDeferred, () => {
      for (const parameter of list.getChildren('TypeParam')) {
        parameter.getChildren('VariableName').forEach(name => this.bind(name));
        this._in('function', true, () =>
          this._visitAll(parameter.getChildren('TypeDef'))
        );
      }
      visit();
    });
  }

  private _annotation(node: SyntaxNode): void {
    const before = this._inAnnotation;
    this._inAnnotation = true;
    this._visitAll(children(node));
    this._inAnnotation = before;
  }

  /** The first iterable belongs to the scope around; all else to the comprehension's own. */
  private _comprehension(node: SyntaxNode): void {
    const parts = children(node);
    const start = parts.findIndex(({ name }) => name === 'for');
    const first = parts.findIndex(({ name }) => name === 'in') + 1;
    const begin = parts[start - 1]?.name === 'async' ? start - 1 : start;
    if (parts[first]) {
      this._visit(parts[first]);
    }
    // A generator that is not consumed at once runs later.
    const isLate =
      node.name === 'ComprehensionExpression' &&
      node.parent?.name !== 'ArgList';
    this._in('comprehension', this._isDeferred || isLate, () => {
      let isTarget = false;
      for (const part of parts.slice(start)) {
        if (part.name === 'for' || part.name === 'in') {
          isTarget = part.name === 'for';
        } else if (isTarget) {
          this._bindTarget(part);
        } else if (part.from !== parts[first]?.from) {
          this._visit(part);
        }
      }
      this._visitAll(parts.slice(0, begin));
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
    const before = this._loop;
    this._loop = before < 0 ? node.from : before;
    visit();
    this._loop = before;
  }

  private _try(node: SyntaxNode): void {
    const parts = children(node);
    const handles = parts.some(({ name, from }, index) => {
      const end = parts[index + 1];
      return (
        name === 'except' &&
        (end?.name === 'Body' ||
          CATCHES_NAMES.test(
            this._cell.source.slice(
              from,
              parts.slice(index).find(part => part.name === 'Body')?.from
            )
          ))
      );
    });
    parts.forEach((part, index) => {
      if (parts[index - 1]?.name === 'as') {
        this.bind(part);
      } else if (index === 1 && handles) {
        this._guards++;
        this._visit(part);
        this._guards--;
      } else {
        this._visit(part);
      }
    });
  }

  private _with(node: SyntaxNode): void {
    children(node).forEach((part, index, parts) =>
      parts[index - 1]?.name === 'as'
        ? this._bindTarget(part)
        : this._visit(part)
    );
  }

  private _import(node: SyntaxNode): void {
    const parts = children(node);
    const start = parts.findIndex(({ name }) => name === 'import') + 1;
    const isFrom = start > 1;
    let name: SyntaxNode | undefined;
    for (const [index, part] of parts.entries()) {
      const before = parts[index - 1]?.name;
      if (index < start) {
        continue;
      } else if (part.name === '*') {
        this._emit('anything', part);
      } else if (part.name === 'VariableName' && before === 'as') {
        name = part;
      } else if (part.name === 'VariableName' && (isFrom || before !== '.')) {
        name = part;
      } else if (part.name === ',' && name) {
        this.bind(name);
        name = undefined;
      }
    }
    if (name) {
      this.bind(name);
    }
  }

  private _declare(node: SyntaxNode): void {
    const isGlobal = node.firstChild?.name === 'global';
    for (const name of node.getChildren('VariableName')) {
      (isGlobal ? this._scope.globals : this._scope.nonlocals).add(
        this._text(name)
      );
    }
  }

  private _matchClause(node: SyntaxNode): void {
    for (const part of children(node)) {
      if (part.name.endsWith('Pattern')) {
        bindPattern(part, this);
      } else {
        this._visit(part);
      }
    }
  }

  private _in(kind: ScopeKind, isDeferred: boolean, visit: () => void): void {
    const { _scope: scope, _isDeferred: deferred } = this;
    this._scope = new Scope(kind, scope);
    this._isDeferred = isDeferred;
    visit();
    this._scope = scope;
    this._isDeferred = deferred;
  }

  private _emit(
    kind: INameEvent['kind'],
    node: SyntaxNode,
    origin?: Origin
  ): void {
    this._pending.push({
      scope: this._scope,
      event: {
        kind,
        name: this._text(node),
        from: node.from,
        to: node.to,
        isDeferred: this._isDeferred,
        inAnnotation: this._inAnnotation,
        isGuarded: this._guards > 0,
        loop: this._loop,
        origin
      }
    });
  }

  private _text(node: SyntaxNode): string {
    return this._cell.source.slice(node.from, node.to);
  }

  private readonly _targets: Set<number>;
  private readonly _pending: IPendingEvent[] = [];
  private _scope = new Scope('module', null);
  private _isDeferred = false;
  private _inAnnotation = false;
  private _guards = 0;
  private _loop = -1;
}

const EXPRESSIONS = /Expression$|^VariableName$/;
