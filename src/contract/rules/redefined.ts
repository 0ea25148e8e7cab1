import type { IDefinition } from '../analysis/functions';
import type { INotebookAnalysis } from '../analysis/notebook';
import { perCell } from '../analysis/memo';
import { seenDefinitions, valueWords, writtenFor } from '../analysis/written';
import { kindFault } from './kind';
import type { IRule } from './rule';
import { cellName } from './text';

/** The check that a name of the contract is defined once, as far as its definitions replace each other. */
export function redefinedCheck(name: string): IRule['check'] {
  return function* (notebook) {
    const definitions = seenDefinitions(notebook, name);
    if (definitions.length < 2) {
      return;
    }
    const written = writtenFor(notebook, name);
    if (written && kindFault(name, written)) {
      return; // It says so at the last one.
    }
    for (const [index, first] of definitions.slice(0, -1).entries()) {
      const next = definitions[index + 1];
      if (
        isFunctionLike(first) &&
        isFunctionLike(next) &&
        !isKept(notebook, name, first, next)
      ) {
        const { cell, event } = first;
        const place =
          next.cell === cell
            ? 'further down in this cell'
            : `in ${cellName(next.cell.index)}`;
        yield {
          message: `\`${name}\` is defined again ${place}, and only the last definition counts. Keep one, or give this one another name.`,
          cellIndex: cell.index,
          range: { from: event.from, to: event.to }
        };
      }
    }
  };
}

/** Whether a definition is one of the function, and comes whatever branches are taken. */
function isFunctionLike({ event }: IDefinition): boolean {
  const { origin, isConditional, isDeferred, loop } = event;
  if (!origin || isConditional || isDeferred || loop >= 0) {
    return false;
  }
  return origin.kind === 'value'
    ? origin.nodes.length === 1 && !valueWords(origin.nodes[0])
    : /^(?:function|class|import)$/.test(origin.kind);
}

/** Whether something holds on to the first definition: a wrapper, another name, or a deletion between the two. */
function isKept(
  { code }: INotebookAnalysis,
  name: string,
  first: IDefinition,
  next: IDefinition
): boolean {
  const start = code.indexOf(first.cell);
  const stop = code.indexOf(next.cell);
  return code.slice(start, stop + 1).some(cell => {
    const events = eventsByName(cell).get(name) ?? [];
    const begin = cell === first.cell ? events.indexOf(first.event) + 1 : 0;
    const end = cell === next.cell ? events.indexOf(next.event) : events.length;
    return events
      .slice(begin, end)
      .some(
        ({ kind, isCall, isDeferred }) =>
          kind === 'deletion' || (kind === 'use' && !isCall && !isDeferred)
      );
  });
}

const eventsByName = perCell(({ events }) => {
  const byName = new Map<string, (typeof events)[number][]>();
  for (const event of events) {
    const known = byName.get(event.name);
    if (known) {
      known.push(event);
    } else {
      byName.set(event.name, [event]);
    }
  }
  return byName;
});
