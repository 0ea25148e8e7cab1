import type { INameEvent } from '../analysis/events';
import { isKnownName } from '../analysis/known-names';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import type { IFinding, IRule } from './rule';
import { cellName } from './text';

export const undefinedName: IRule = {
  code: 'SLP202',
  name: 'undefined-name',
  severity: 'error',
  summary: 'A name is used before any cell defines it, or nothing defines it.',
  *check(notebook) {
    const all = allDefinitions(notebook.code);
    const defined = new Set<string>();
    // Once a star import or the like has run, any name may exist.
    let isOpen = false;
    for (const cell of notebook.code) {
      const reported = new Set<string>();
      for (const event of cell.events) {
        if (event.kind === 'definition') {
          defined.add(event.name);
        } else if (event.kind === 'anything') {
          isOpen = true;
        } else if (
          !isOpen &&
          !defined.has(event.name) &&
          !reported.has(event.name)
        ) {
          const finding = judge(
            event,
            cell,
            all,
            notebook.evaluatesAnnotations
          );
          if (finding) {
            reported.add(event.name);
            const { from, to } = event;
            yield { ...finding, cellIndex: cell.index, range: { from, to } };
          }
        }
      }
    }
  }
};

interface IDefinitions {
  /** The cell and the place of the first definition of each name. */
  first: Map<string, { cell: ICodeCell; event: INameEvent }>;
  /** Whether some cell may make names that nobody can see. */
  isOpen: boolean;
}

function allDefinitions(code: INotebookAnalysis['code']): IDefinitions {
  const first: IDefinitions['first'] = new Map();
  let isOpen = false;
  for (const cell of code) {
    for (const event of cell.events) {
      isOpen ||= event.kind === 'anything';
      if (event.kind === 'definition' && !first.has(event.name)) {
        first.set(event.name, { cell, event });
      }
    }
  }
  return { first, isOpen };
}

/** What is wrong with the use of a name that nothing above defines. */
function judge(
  event: INameEvent,
  cell: ICodeCell,
  { first, isOpen }: IDefinitions,
  evaluatesAnnotations: boolean | undefined
): Pick<IFinding, 'message' | 'severity'> | undefined {
  const { name, isDeferred, isGuarded, loop } = event;
  if (isGuarded || isKnownName(name)) {
    return undefined;
  }
  const definition = first.get(name);
  // Python 3.14 looks annotations up late, and all do with the import from `__future__`.
  const isLate =
    isDeferred ||
    (event.inAnnotation &&
      (evaluatesAnnotations !== true || first.has('annotations')));
  if (!definition) {
    return isOpen
      ? undefined
      : {
          message: `Nothing defines \`${name}\`. Define or import it in a cell above, or correct its spelling.`,
          // What a function does not reach does not matter.
          severity: isLate ? 'warning' : 'error'
        };
  }
  const inSameLoop =
    loop >= 0 &&
    cell.events.some(
      other =>
        other.kind === 'definition' &&
        other.name === name &&
        other.loop === loop
    );
  if (isLate || inSameLoop) {
    return undefined;
  }
  const where =
    definition.cell.index === cell.index
      ? 'further down in this cell'
      : `in ${cellName(definition.cell.index)}`;
  return {
    message: `\`${name}\` is used here, but defined only ${where}. Cells run from top to bottom: move the definition up.`
  };
}
