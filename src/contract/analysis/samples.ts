/** The samples that a notebook shows: `examples`, and calls of `predictor` with a literal. The builder reads both. */

import type { SyntaxNode } from '@lezer/common';

import { readLiteral } from '../python/literals';
import type { Literal } from '../python/literals';
import { children } from '../python/tree';
import { declarationsOf } from '../requirements/declaration';
import type { IDeclaration } from '../requirements/declaration';
import { perCell, perNotebook } from './memo';
import type { ICodeCell } from './notebook';

export interface IExamples {
  declaration: IDeclaration;
  /** `otherwise`: a literal of another kind; `unread`: no literal. */
  state: 'good' | 'empty' | 'otherwise' | 'notJson' | 'unread';
}

/** The declaration of `examples` that counts. */
export const examplesOf = perNotebook(({ code }): { last?: IExamples } => {
  for (let index = code.length - 1; index >= 0; index--) {
    const cell = code[index];
    const [found] = declaredIn(cell).slice(-1);
    if (found) {
      return {
        last: { ...found, declaration: { ...found.declaration, cell } }
      };
    }
  }
  return {};
});

const declaredIn = perCell((cell): IExamples[] =>
  declarationsOf([cell], 'examples').map(declaration => ({
    declaration,
    state: stateOf(declaration)
  }))
);

function stateOf({ cell, value }: IDeclaration): IExamples['state'] {
  const literal = value && readLiteral(value, cell.source).literal;
  if (!literal) {
    return 'unread';
  } else if (literal.kind !== 'sequence') {
    return 'otherwise';
  }
  return literal.items.length === 0
    ? 'empty'
    : isJson(literal, cell)
      ? 'good'
      : 'notJson';
}

/** Whether JSON has a form for all that is in a literal. */
function isJson(literal: Literal, cell: ICodeCell): boolean {
  if (literal.kind === 'sequence') {
    return literal.items.every(item => isJson(item, cell));
  }
  const { from, to } = literal.node;
  const isComplex =
    literal.kind === 'number' && /j$/i.test(cell.source.slice(from, to));
  return literal.kind !== 'bytes' && literal.kind !== 'set' && !isComplex;
}

/** Whether an expression is a literal that JSON has a form for. */
export function isJsonText(node: SyntaxNode, cell: ICodeCell): boolean {
  const { literal } = readLiteral([node], cell.source);
  return literal !== undefined && isJson(literal, cell);
}

/** A call of `predictor` with a literal that its cell makes as it runs. */
export interface ISampleCall {
  /** The only argument. */
  sample: SyntaxNode;
}

/** Nodes whose code does not run with the cell, or is expected to fail. */
const SKIPPED =
  /^(?:FunctionDefinition|ClassDefinition|LambdaExpression|TryStatement)$/;

export const sampleCallsOf = perCell((cell): ISampleCall[] => {
  const { tree, source } = cell;
  const found: ISampleCall[] = [];
  if (!/\bpredictor\s*\(/.test(source)) {
    return found;
  }
  tree.iterate({
    enter: cursor => {
      if (SKIPPED.test(cursor.name)) {
        return false;
      } else if (cursor.name === 'CallExpression') {
        const sample = soleArgument(cursor.node, source);
        if (sample && isJsonText(sample, cell)) {
          found.push({ sample });
        }
      }
      return undefined;
    }
  });
  return found;
});

function soleArgument(
  call: SyntaxNode,
  source: string
): SyntaxNode | undefined {
  const callee = call.firstChild;
  const list = call.getChild('ArgList');
  const given = list ? children(list).slice(1, -1) : [];
  const isPredictor =
    callee?.name === 'VariableName' &&
    source.slice(callee.from, callee.to) === 'predictor';
  return isPredictor &&
    (given.length === 1 || (given.length === 2 && given[1].name === ','))
    ? given[0]
    : undefined;
}
