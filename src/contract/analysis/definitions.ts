import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import { parametersOf } from './parameters';
import { NameRecorder } from './recorder';
import { quotedNames } from './statements';

/** Collects the names of functions, lambdas and classes: what belongs to their scope, and what to the one around. */
export abstract class DefinitionCollector extends NameRecorder {
  abstract visit(node: SyntaxNode): void;

  /** As `visitAll(children(node))`, without the list: most nodes are visited so. */
  protected visitChildren(node: SyntaxNode): void {
    for (let child = node.firstChild; child; child = child.nextSibling) {
      this.visit(child);
    }
  }

  protected visitAll(nodes: Iterable<SyntaxNode>): void {
    for (const node of nodes) {
      this.visit(node);
    }
  }

  protected decorated(node: SyntaxNode): void {
    const parts = children(node);
    const last = parts[parts.length - 1];
    // What decorates a function is a part of it.
    this.inUnit(last, () => this.visitAll(parts.slice(0, -1)));
    if (last.name === 'FunctionDefinition') {
      this.functionDefinition(last, true);
    } else {
      this.visit(last);
    }
  }

  protected functionDefinition(node: SyntaxNode, isDecorated: boolean): void {
    const name = node.getChild('VariableName');
    this.inUnit(node, () => this.signature(node));
    if (name) {
      this.bind(name, { kind: 'function', node, isDecorated });
    }
  }

  /** Defaults belong to the scope around, names of parameters to the function's own. */
  protected signature(node: SyntaxNode): void {
    const typeParameters = node.getChild('TypeParamList');
    const parameters = parametersOf(node.getChild('ParamList'));
    this.visitAll(parameters.flatMap(({ default_: value }) => value ?? []));
    this.inTypeParameters(typeParameters, () => {
      this.visitAll(parameters.flatMap(({ annotation }) => annotation ?? []));
      this.visitAll(node.getChildren('TypeDef'));
      this.later('function', () => {
        parameters.forEach(parameter => this.bind(parameter.name));
        this.visitAll(node.getChildren('Body'));
      });
    });
  }

  protected lambda(node: SyntaxNode): void {
    const parameters = parametersOf(node.getChild('ParamList'));
    this.inUnit(node, () => {
      this.visitAll(parameters.flatMap(({ default_: value }) => value ?? []));
      this.later('function', () => {
        parameters.forEach(parameter => this.bind(parameter.name));
        this.visitAll(
          children(node).filter(({ name }) => name !== 'ParamList')
        );
      });
    });
  }

  protected classDefinition(node: SyntaxNode): void {
    const name = node.getChild('VariableName');
    this.inUnit(node, () =>
      this.inTypeParameters(node.getChild('TypeParamList'), () => {
        this.visitAll(node.getChildren('ArgList'));
        this.within('class', () => this.visitAll(node.getChildren('Body')));
      })
    );
    if (name) {
      this.bind(name, { kind: 'class', node });
    }
  }

  protected typeAlias(node: SyntaxNode): void {
    const name = node.getChild('VariableName');
    this.inTypeParameters(node.getChild('TypeParamList'), () =>
      this.later('annotation', () =>
        this.visitAll(
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
  protected inTypeParameters(list: SyntaxNode | null, visit: () => void): void {
    if (!list) {
      return visit();
    }
    this.within('annotation', () => {
      for (const parameter of list.getChildren('TypeParam')) {
        parameter.getChildren('VariableName').forEach(name => this.bind(name));
        this.later('annotation', () =>
          this.visitAll(parameter.getChildren('TypeDef'))
        );
      }
      visit();
    });
  }

  protected annotation(node: SyntaxNode): void {
    const before = this.inAnnotation;
    this.inAnnotation = true;
    this.visitAll(children(node));
    this.inAnnotation = before;
    for (const name of quotedNames(node, this.source)) {
      // What asks for it does so when a function runs.
      this.later('function', () => this.use(name));
    }
  }
}
