import { functionOf } from '../analysis/functions';
import { arityFault } from '../analysis/parameters';
import type { IRule } from './rule';
import { quote } from './text';

/** The check that a function can be called with one sample, and nothing else. */
export function arityCheck(name: string): IRule['check'] {
  return function* (notebook) {
    const found = functionOf(notebook, name);
    const fault = found && arityFault(found.parameters);
    if (!fault) {
      return;
    }
    const { cell, node } = found;
    yield {
      message: sentence(name, fault, ({ from, to }) =>
        quote(cell.source.slice(from, to))
      ),
      cellIndex: cell.index,
      range: { from: node.from, to: node.to }
    };
  };
}

type Fault = NonNullable<ReturnType<typeof arityFault>>;

function sentence(
  name: string,
  fault: Fault,
  text: (node: { from: number; to: number }) => string
): string {
  const call = `\`${name}\` is called with one sample and nothing else`;
  switch (fault.kind) {
    case 'none':
      return `${call}, but takes no positional argument. Write \`def ${name}(x):\`.`;
    case 'keyword':
      return `${call}, but needs ${fault.names.map(text).join(', ')} by keyword. Give each a default.`;
    case 'many':
      return `${call}, but needs ${fault.names.length} arguments. Give ${fault.names.slice(1).map(text).join(', ')} a default, or take one sample that holds them all.`;
  }
}
