import { isAsync, isGenerator } from '../analysis/bodies';
import { finalDefinition } from '../analysis/functions';
import { valueWords, writtenFor } from '../analysis/written';
import type { IWritten } from '../analysis/written';
import type { IRule } from './rule';

/** The check that a name of the contract stands for a function that answers when it is called. */
export function kindCheck(name: string): IRule['check'] {
  return function* (notebook) {
    const last = finalDefinition(notebook, name);
    const written = last && writtenFor(notebook, name);
    const message = written && kindFault(name, written);
    if (last && message) {
      const { from, to } = last.event;
      yield { message, cellIndex: last.cell.index, range: { from, to } };
    }
  };
}

/** What is wrong with what a name stands for, in a sentence; undefined where nothing is. */
export function kindFault(
  name: string,
  { cell, node, isDecorated }: IWritten
): string | undefined {
  // What a decorator makes of it nobody can tell.
  if (isDecorated) {
    return undefined;
  }
  switch (node.name) {
    case 'FunctionDefinition':
    case 'LambdaExpression':
      return isAsync(node)
        ? `\`${name}\` is an \`async\` function, which answers with a coroutine and no value. Write a plain \`def\`.`
        : isGenerator(node, cell.source)
          ? `\`${name}\` is a generator, because of its \`yield\`: it answers with no value. Use \`return\`.`
          : undefined;
    case 'ClassDefinition': {
      const source = cell.source.slice(node.from, node.to);
      // Its call may give anything.
      const isPlain =
        !node.getChild('ArgList') && !/\bdef\s+__new__\b/.test(source);
      return isPlain
        ? `\`${name}\` is a class, so a call makes an object of it and answers nothing. Write a function, or assign a method of such an object.`
        : undefined;
    }
    default: {
      const words = valueWords(node);
      return words
        ? `\`${name}\` is ${words} here, and nothing that can be called. Write a function that takes one sample.`
        : undefined;
    }
  }
}
