import type { SyntaxNode } from '@lezer/common';

import { linksOf } from '../analysis/link';
import { perCell } from '../analysis/memo';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { assignmentOf } from '../python/tree';
import type { IFix } from '../types';
import type { IRule } from './rule';
import { quote } from './text';

/** A function within another function, or within a class. */
export interface INested {
  cell: ICodeCell;
  name: SyntaxNode;
  /** The function or class. */
  around: SyntaxNode;
  isMethod: boolean;
}

/** The check that a function of the contract is not hidden in another one. */
export function nestedCheck(
  name: string,
  matters: (found: INested) => boolean = () => true,
  fixes?: (notebook: INotebookAnalysis) => IFix[]
): IRule['check'] {
  return function* (notebook) {
    const found = nestedFunction(notebook, name);
    if (found && matters(found)) {
      const { cell, around, isMethod } = found;
      const title = around.getChild('VariableName');
      const place = title
        ? quote(cell.source.slice(title.from, title.to))
        : 'another function';
      yield {
        message: isMethod
          ? `\`${name}\` is only a method of the class ${place}, and the service calls a function of that name. Define one at the top level of a cell; it may call the method.`
          : `\`${name}\` is defined only inside of ${place}, where the service cannot find it. Move it to the top level of a cell.`,
        cellIndex: cell.index,
        range: { from: found.name.from, to: found.name.to },
        fixes: fixes?.(notebook)
      };
    }
  };
}

/** A function of a name that no cell defines for itself; undefined where one does, or may do so unseen. */
export function nestedFunction(
  notebook: INotebookAnalysis,
  name: string
): INested | undefined {
  const { isOpen, final, gone } = linksOf(notebook);
  if (isOpen || final.has(name) || gone.has(name)) {
    return undefined;
  }
  for (const cell of notebook.code) {
    const found = cell.source.includes(name)
      ? nestedIn(cell).get(name)
      : undefined;
    if (found) {
      // The memory is that of the text; the cell may stand elsewhere by now.
      return { ...found, cell };
    }
  }
  return undefined;
}

/** The first nested function of each name. */
const nestedIn = perCell(cell => {
  const found = new Map<string, INested>();
  const { tree, source } = cell;
  tree.iterate({
    enter: cursor => {
      const name = nameOfFunction(cursor.node);
      const around = name && functionOrClassAround(cursor.node);
      const text = name ? source.slice(name.from, name.to) : '';
      if (name && around && !found.has(text)) {
        const isMethod = around.name === 'ClassDefinition';
        found.set(text, { cell, name, around, isMethod });
      }
    }
  });
  return found;
});

function nameOfFunction(node: SyntaxNode): SyntaxNode | null {
  if (node.name === 'FunctionDefinition') {
    return node.getChild('VariableName');
  } else if (node.name !== 'AssignStatement') {
    return null;
  }
  const { targets, value } = assignmentOf(node);
  const [target] = targets[0] ?? [];
  return value?.[0]?.name === 'LambdaExpression' &&
    target?.name === 'VariableName'
    ? target
    : null;
}

function functionOrClassAround(node: SyntaxNode): SyntaxNode | undefined {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (/^(?:Function|Class)Definition$/.test(outer.name)) {
      return outer;
    }
  }
  return undefined;
}
