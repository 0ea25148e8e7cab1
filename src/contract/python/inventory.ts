import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@lezer/python';

/** The nodes of a cell that rules ask for, found in one pass over the tree. Each list is in document order. */
export interface IInventory {
  /** The first place that is not Python. */
  error?: { from: number; to: number };
  calls: ReadonlyArray<SyntaxNode>;
  imports: ReadonlyArray<SyntaxNode>;
}

type Kind = 'error' | 'calls' | 'imports';

const KINDS: { [name: string]: Kind } = {
  // The grammar knows the statement of Python 2.
  PrintStatement: 'error',
  CallExpression: 'calls',
  ImportStatement: 'imports'
};

// By the types' numbers: a name would be compared for every token.
const KIND_BY_ID = parser.nodeSet.types.map(type =>
  type.isError ? 'error' : KINDS[type.name]
);

export function inventoryOf(tree: Tree): IInventory {
  const found = {
    calls: [] as SyntaxNode[],
    imports: [] as SyntaxNode[]
  };
  let error: IInventory['error'];
  tree.iterate({
    enter: cursor => {
      const kind = KIND_BY_ID[cursor.type.id];
      if (kind === 'error') {
        error ??= { from: cursor.from, to: cursor.to };
      } else if (kind) {
        found[kind].push(cursor.node);
      }
    }
  });
  return { ...found, error };
}
