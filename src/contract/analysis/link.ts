/**
 * Follows the names of a notebook through its cells, from top to bottom, as a deployment runs them: which uses find
 * no value, and why.
 */

import { namesOfCell } from './cell-names';
import type { INameEvent } from './events';
import { isKnownName } from './known-names';
import { perNotebook } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';
import { deletion, lastDefinition, Places } from './places';
import type { IPlace } from './places';

export type { IPlace } from './places';

/** A use that finds no value, or perhaps none. */
export interface IMissing extends IPlace {
  /**
   * `nowhere`: nothing defines the name; `below`: the same cell does, further down; `later`: a later cell does;
   * `deleted`: it had a value; `maybe`: only a branch gave it one.
   */
  why: 'nowhere' | 'below' | 'later' | 'deleted' | 'maybe';
  /** It fails only if a function is called, or an annotation asked for. */
  isLate: boolean;
  /** It fails whenever its cell runs, and not only on some way through it. */
  isSure: boolean;
  /** Where the name is defined, or deleted. */
  other?: IPlace;
}

export interface ILinks {
  /** In document order. */
  missing: ReadonlyArray<IMissing>;
  /** Definition of each name that holds behind the last cell: the last one. */
  final: Places;
  /** Of each name that is gone behind the last cell, its deletion. */
  gone: Places;
  /** Names that have a value behind the last cell only if some branch was taken. */
  uncertain: Places;
  /** Of each cell, by its position, the cells that define what runs with it, with the name. */
  above: ReadonlyMap<number, ReadonlyArray<readonly [string, ICodeCell]>>;
  /** Whether some cell may make names that nobody can see. */
  isOpen: boolean;
  /** The positions of such cells, in order. */
  openings: ReadonlyArray<number>;
}

export const linksOf = perNotebook((notebook): ILinks =>
  new Linker(notebook).run()
);

class Linker {
  constructor(private readonly _notebook: INotebookAnalysis) {}

  run(): ILinks {
    const { code } = this._notebook;
    const openings = this._openings;
    for (const cell of code) {
      const names = namesOfCell(cell);
      const above: [string, ICodeCell][] = [];
      for (const event of names.immediate) {
        const definition = this._final.cellOf(event.name);
        if (definition !== undefined) {
          above.push([event.name, definition]);
        }
        // Once a star import or the like has run, any name may exist.
        if (openings.length === 0 && event.from < names.opens) {
          this._useNow(cell, event);
        }
      }
      if (above.length > 0) {
        this._above.set(cell.index, above);
      }
      if (names.opens < Infinity) {
        openings.push(cell.index);
      }
      this._leave(cell);
    }
    // What runs later may use what any cell defines.
    for (const cell of code) {
      const names = namesOfCell(cell);
      for (const event of names.deferred) {
        if (event.from < names.opens) {
          this._useLater(cell, event);
        }
      }
      if (names.opens < Infinity) {
        break;
      }
    }
    return {
      missing: onePerCell(this._judged()),
      final: this._final,
      gone: this._gone,
      uncertain: this._uncertain,
      above: this._above,
      isOpen: openings.length > 0,
      openings
    };
  }

  private _useNow(cell: ICodeCell, event: INameEvent): void {
    const { name, state, isConditional } = event;
    const isHereBefore = this._final.has(name);
    const { first, deleted } = namesOfCell(cell);
    // A magic that takes all names away takes no more than there are.
    const wasHere = isHereBefore || first.has(name) || deleted.has(name);
    if (state === 'deleted' && wasHere) {
      this._miss(cell, event, 'deleted', placeIn(cell, deletion(cell, name)));
    } else if (state === 'maybe') {
      if (!isHereBefore && !isConditional) {
        this._miss(cell, event, 'maybe', placeIn(cell, first.get(name)));
      }
    } else if (isHereBefore && state !== 'deleted') {
      const other = this._uncertain.get(name);
      if (other && !isConditional) {
        this._miss(cell, event, 'maybe', other);
      }
    } else {
      this._unknown(cell, event);
    }
  }

  private _unknown(cell: ICodeCell, event: INameEvent): void {
    const { name, loop } = event;
    const { first, left } = namesOfCell(cell);
    const gone = this._gone.get(name);
    const definition = first.get(name);
    const isLater = loop >= 0 && isDefinedInLoop(cell, name, loop);
    if (isLater && event.isConditional) {
      return;
    } else if (gone) {
      this._miss(cell, event, 'deleted', gone);
    } else if (definition) {
      // The name of an `except` lives no longer than its block.
      const lasts = left.some(each => each.name === name);
      const why = lasts || isLater ? 'below' : 'nowhere';
      this._miss(cell, event, why, placeIn(cell, definition));
    } else {
      // Whether a later cell defines it shows when all are seen.
      this._miss(cell, event, 'nowhere');
    }
  }

  private _useLater(cell: ICodeCell, event: INameEvent): void {
    if (!this._isDefined(event.name)) {
      this._miss(cell, event, 'nowhere');
    }
  }

  private _miss(
    cell: ICodeCell,
    event: INameEvent,
    why: IMissing['why'],
    other?: IPlace
  ): void {
    const { isDeferred: isLate, isConditional, isSkippable, loop } = event;
    // Whether a loop within a loop runs in the first round, nobody knows.
    const isSure =
      !isConditional && !isSkippable && (loop < 0 || why !== 'below');
    this._missing.push({ cell, event, why, isLate, isSure, other });
  }

  /** What is missing, now that all cells are seen. */
  private _judged(): IMissing[] {
    const { evaluatesAnnotations } = this._notebook;
    // Python 3.14 looks annotations up late, and all do with the import from `__future__`.
    const areLate =
      evaluatesAnnotations !== true || this._isDefined('annotations');
    const firstBehind = this._firstBehind();
    return this._missing
      .flatMap((missing): IMissing[] => {
        const { cell, event, why, other } = missing;
        const isLate = event.isDeferred || (event.inAnnotation && areLate);
        if (why !== 'nowhere') {
          return isLate ? [] : [{ ...missing, isLate }];
        } else if (!other && this._isDefined(event.name)) {
          const later = firstBehind(cell, event.name);
          return isLate || !later
            ? []
            : [{ ...missing, isLate, why: 'later', other: later }];
        }
        // What opens further down may still help what runs later.
        const isOpen = isLate && this._openings.length > 0;
        return isOpen ? [] : [{ ...missing, isLate }];
      })
      .sort(
        (a, b) => a.cell.index - b.cell.index || a.event.from - b.event.from
      );
  }

  private _isDefined(name: string): boolean {
    return this._final.has(name) || this._gone.has(name);
  }

  /** Finds the first definition in a later cell. One pass over the notebook serves all names that are missing. */
  private _firstBehind(): (
    cell: ICodeCell,
    name: string
  ) => IPlace | undefined {
    const cells = new Map<string, ICodeCell[]>();
    for (const { why, event } of this._missing) {
      if (why === 'nowhere' && this._isDefined(event.name)) {
        cells.set(event.name, []);
      }
    }
    if (cells.size > 0) {
      for (const cell of this._notebook.code) {
        for (const name of namesOfCell(cell).first.keys()) {
          cells.get(name)?.push(cell);
        }
      }
    }
    return ({ index }, name) => {
      const other = firstAbove(cells.get(name) ?? [], index);
      return other && placeIn(other, namesOfCell(other).first.get(name));
    };
  }

  /** What the cell leaves behind. */
  private _leave(cell: ICodeCell): void {
    const { left, wipes } = namesOfCell(cell);
    for (const { matches } of wipes) {
      for (const name of [...this._final.keys()].filter(matches)) {
        this._final.delete(name);
        this._uncertain.delete(name);
        this._gone.set(name, cell);
      }
    }
    for (const { name, state } of left) {
      if (state === 'deleted') {
        const wasThere =
          this._final.has(name) || namesOfCell(cell).last.has(name);
        this._final.delete(name);
        this._uncertain.delete(name);
        // Under a name of Python's own, that comes to light again.
        if (wasThere && !isKnownName(name)) {
          this._gone.set(name, cell);
        }
        continue;
      }
      if (state === 'bound') {
        this._uncertain.delete(name);
      } else if (!this._final.has(name)) {
        this._uncertain.set(name, cell);
      }
      this._final.set(name, cell);
      this._gone.delete(name);
    }
  }

  private readonly _missing: IMissing[] = [];
  private readonly _final = new Places(lastDefinition);
  private readonly _gone = new Places(deletion);
  private readonly _uncertain = new Places(lastDefinition);
  private readonly _above = new Map<number, [string, ICodeCell][]>();
  private readonly _openings: number[] = [];
}

/** The first of some cells, in order, that stands further down than a position. */
function firstAbove(
  cells: ReadonlyArray<ICodeCell>,
  index: number
): ICodeCell | undefined {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cells[middle].index > index) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return cells[low];
}

function placeIn(
  cell: ICodeCell,
  event: INameEvent | undefined
): IPlace | undefined {
  return event && { cell, event };
}

/** A loop runs again: what it defines further down is there from the second round on. */
function isDefinedInLoop(
  { events }: ICodeCell,
  name: string,
  loop: number
): boolean {
  return events.some(
    event =>
      event.kind === 'definition' && event.name === name && event.loop === loop
  );
}

/** The first report about a name in each cell that is sure, or the first: the others would only repeat it. */
function onePerCell(missing: IMissing[]): IMissing[] {
  const found = new Map<string, IMissing>();
  for (const each of missing) {
    const key = `${each.cell.index} ${each.event.name}`;
    const known = found.get(key);
    if (!known || (!isSureNow(known) && isSureNow(each))) {
      found.set(key, each);
    }
  }
  return [...found.values()];
}

function isSureNow({ isSure, isLate }: IMissing): boolean {
  return isSure && !isLate;
}
