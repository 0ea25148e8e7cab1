import type { SyntaxNode } from '@lezer/common';

import { isAsync, isGenerator, mayEnd, ownNodes } from '../analysis/bodies';
import { children } from '../python/tree';
import { plainFix } from '../fixes/requirement-repairs';
import { replacement } from '../fixes/requirements-list';
import type { IFix } from '../types';
import { unwrapped, valueWords, writtenFor } from '../analysis/written';
import type { IWritten } from '../analysis/written';
import type { IRule } from './rule';

export const validatorNotBoolean: IRule = {
  code: 'SLP125',
  name: 'validator-not-boolean',
  severity: 'hint',
  summary: '`validator` can answer something other than `True` or `False`.',
  *check(notebook) {
    const written = writtenFor(notebook, 'validator');
    if (!written || written.isDecorated) {
      return;
    }
    const { cell, node } = written;
    const isFunction = node.name === 'FunctionDefinition';
    if (node.name === 'LambdaExpression') {
      const value = children(node).pop();
      const words = value && clearlyNoBoolean(value);
      if (value && words) {
        yield {
          message: sentence(words),
          cellIndex: cell.index,
          range: { from: value.from, to: value.to }
        };
      }
      return;
    } else if (!isFunction || isAsync(node) || isGenerator(node, cell.source)) {
      return;
    }
    const returns = ownNodes(node, /^ReturnStatement$/);
    const name = node.getChild('VariableName') ?? node;
    if (mayEnd(node.getChild('Body') ?? node, cell.source)) {
      const answer = answerLeft(returns, cell.source);
      yield {
        message:
          returns.length === 0
            ? '`validator` returns nothing, so the service refuses every sample. End it with `return True`, or with what decides.'
            : answer === 'True'
              ? '`validator` lets no sample pass: each `return` refuses, and so does an end without one. End it with `return True`.'
              : '`validator` can end without a `return`, and then the service refuses the sample. End it with `return False`, or `return True`.',
        cellIndex: cell.index,
        range: { from: name.from, to: name.to },
        fixes: answer && returnFixes(written, answer)
      };
    }
    for (const statement of returns) {
      const [, value, ...more] = children(statement);
      const words = !value
        ? '`None`'
        : more.length > 0
          ? 'a tuple'
          : clearlyNoBoolean(value);
      const { from, to } = value ?? statement;
      if (words) {
        yield {
          message: sentence(words),
          cellIndex: cell.index,
          range: { from, to: more[more.length - 1]?.to ?? to }
        };
      }
    }
  }
};

function sentence(words: string): string {
  return `\`validator\` returns ${words} here. What counts as false refuses the sample, and all else lets it pass: return \`True\` or \`False\`.`;
}

/** What an expression is, in words, where it cannot be a truth value; one branch of a choice is enough. */
function clearlyNoBoolean(node: SyntaxNode): string | undefined {
  const inner = unwrapped(node);
  if (inner.name === 'ConditionalExpression') {
    const [first, , , , last] = children(inner);
    return (
      (first && clearlyNoBoolean(first)) ?? (last && clearlyNoBoolean(last))
    );
  }
  return inner.name === 'Boolean' ? undefined : valueWords(inner);
}

/**
 * What a sample gets that passes every `return`. Where all of those refuse, it is meant to pass; where some do not,
 * a refusal says what happens anyway. Undefined where an answer is no truth value: its author may mean the opposite.
 */
function answerLeft(
  returns: ReadonlyArray<SyntaxNode>,
  source: string
): 'True' | 'False' | undefined {
  const values = returns.map(statement => children(statement).slice(1));
  const refuses = ([value]: SyntaxNode[]) =>
    !value ||
    /^(?:False|None)$/.test(
      source.slice(unwrapped(value).from, unwrapped(value).to)
    );
  if (values.every(refuses)) {
    return 'True';
  }
  const isOther = (parts: SyntaxNode[]) =>
    !refuses(parts) && (parts.length > 1 || clearlyNoBoolean(parts[0]));
  return values.some(isOther) ? undefined : 'False';
}

/** What a body ends with. */
function returnFixes(
  { cell, node }: IWritten,
  answer: 'True' | 'False'
): IFix[] {
  const body = node.getChild('Body');
  const last = body?.lastChild;
  if (!body || !last) {
    return [];
  }
  const { source } = cell;
  const first = children(body)[1];
  const line = /(?:^|[\r\n])([ \t]+)$/.exec(
    source.slice(0, first?.from ?? body.from)
  );
  const end = body.from + source.slice(body.from, body.to).trimEnd().length;
  const range = { from: end, to: end };
  return line
    ? [
        plainFix(`End it with return ${answer}`, false, () => [
          replacement(cell, range, `\n${line[1]}return ${answer}`)
        ])
      ]
    : [];
}
