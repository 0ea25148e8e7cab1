/**
 * Follows the names of a notebook through its cells, from top to bottom, as a deployment runs them: which uses find
 * no value, and why.
 */

import { namesOfCell } from './cell-names';
import type { INameEvent } from './events';
import { perNotebook } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';

/** A place where something happens to a name. */
export interface IPlace {
  cell: ICodeCell;
  event: INameEvent;
}

/** A use that finds no value, or perhaps none. */
export interface IMissing extends IPlace {
  /**
   * `nowhere`: nothing defines the name; `below`: the same cell does, further down; `later`: a later cell does;
   * `deleted`: it had a value; `maybe`: only a branch gave it one.
   */
  why: 'nowhere' | 'below' | 'later' | 'deleted' | 'maybe';
  /** It fails only if a function is called, or an annotation asked for. */
  isLate: boolean;
  /** Where the name is defined, or deleted. */
  other?: IPlace;
}

export interface ILinks {
  /** In document order. */
  missing: ReadonlyArray<IMissing>;
  /** Definition of each name that holds behind the last cell: the last one. */
  final: ReadonlyMap<string, IPlace>;
  /** Of each name that is gone behind the last cell, its deletion. */
  gone: ReadonlyMap<string, IPlace>;
  /** Names that have a value behind the last cell only if some branch was taken. */
  uncertain: ReadonlyMap<string, IPlace>;
  /** All names that some cell defines, and where first. */
  defined: ReadonlyMap<string, IPlace>;
  /** Whether some cell may make names that nobody can see. */
  isOpen: boolean;
}

export const linksOf = perNotebook((notebook): ILinks =>
  new Linker(notebook).run()
);

class Linker {
  constructor(private readonly _notebook: INotebookAnalysis) {
    for (const cell of _notebook.code) {
      const { first, left, opens } = namesOfCell(cell);
      for (const { name } of left) {
        const event = first.get(name);
        if (event && !this._defined.has(name)) {
          this._defined.set(name, { cell, event });
        }
      }
      this._isOpen ||= opens < Infinity;
    }
  }

  run(): ILinks {
    // Once a star import or the like has run, any name may exist.
    let isOpen = false;
    for (const cell of this._notebook.code) {
      const names = namesOfCell(cell);
      if (!isOpen) {
        for (const event of names.immediate) {
          if (event.from < names.opens) {
            this._useNow(cell, event);
          }
        }
        for (const event of names.deferred) {
          if (event.from < names.opens) {
            this._useLater(cell, event);
          }
        }
      }
      isOpen ||= names.opens < Infinity;
      this._leave(cell);
    }
    this._missing.sort(
      (a, b) => a.cell.index - b.cell.index || a.event.from - b.event.from
    );
    return {
      missing: onePerCell(this._missing),
      final: this._final,
      gone: this._gone,
      uncertain: this._uncertain,
      defined: this._defined,
      isOpen: this._isOpen
    };
  }

  private _useNow(cell: ICodeCell, event: INameEvent): void {
    const { name, state, isConditional } = event;
    const isHereBefore = this._final.has(name);
    if (state === 'deleted') {
      const deletion = namesOfCell(cell).deleted.get(name);
      this._miss(cell, event, 'deleted', deletion && { cell, event: deletion });
    } else if (state === 'maybe') {
      if (!isHereBefore && !isConditional) {
        this._maybe(cell, event);
      }
    } else if (isHereBefore) {
      const other = this._uncertain.get(name);
      if (other && !isConditional) {
        this._miss(cell, event, 'maybe', other);
      }
    } else {
      this._unknown(cell, event);
    }
  }

  private _maybe(cell: ICodeCell, event: INameEvent): void {
    const definition = namesOfCell(cell).first.get(event.name);
    this._miss(cell, event, 'maybe', definition && { cell, event: definition });
  }

  private _unknown(cell: ICodeCell, event: INameEvent): void {
    const { name, loop } = event;
    const gone = this._gone.get(name);
    const own = namesOfCell(cell);
    if (loop >= 0 && isDefinedInLoop(cell, name, loop)) {
      return;
    } else if (gone) {
      this._miss(cell, event, 'deleted', gone);
    } else if (own.first.has(name)) {
      const definition = own.first.get(name) as INameEvent;
      const lasts = own.left.some(left => left.name === name);
      const why = lasts ? 'below' : 'nowhere';
      this._miss(cell, event, why, { cell, event: definition });
    } else if (this._defined.has(name)) {
      this._miss(cell, event, 'later', this._defined.get(name));
    } else if (!this._isOpen) {
      this._miss(cell, event, 'nowhere');
    }
  }

  private _useLater(cell: ICodeCell, event: INameEvent): void {
    if (!this._defined.has(event.name) && !this._isOpen) {
      this._miss(cell, event, 'nowhere');
    }
  }

  private _miss(
    cell: ICodeCell,
    event: INameEvent,
    why: IMissing['why'],
    other?: IPlace
  ): void {
    const { evaluatesAnnotations } = this._notebook;
    // Python 3.14 looks annotations up late, and all do with the import from `__future__`.
    const isLate =
      event.isDeferred ||
      (event.inAnnotation &&
        (evaluatesAnnotations !== true || this._defined.has('annotations')));
    if (!isLate || why === 'nowhere') {
      this._missing.push({ cell, event, why, isLate, other });
    }
  }

  /** What the cell leaves behind. */
  private _leave(cell: ICodeCell): void {
    for (const { name, state, event } of namesOfCell(cell).left) {
      const place = { cell, event };
      if (state === 'deleted') {
        this._final.delete(name);
        this._uncertain.delete(name);
        this._gone.set(name, place);
        continue;
      }
      if (state === 'bound') {
        this._uncertain.delete(name);
      } else if (!this._final.has(name)) {
        this._uncertain.set(name, place);
      }
      this._final.set(name, place);
      this._gone.delete(name);
    }
  }

  private readonly _missing: IMissing[] = [];
  private readonly _defined = new Map<string, IPlace>();
  private readonly _final = new Map<string, IPlace>();
  private readonly _gone = new Map<string, IPlace>();
  private readonly _uncertain = new Map<string, IPlace>();
  private _isOpen = false;
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

/** The first report about a name in each cell: the others would only repeat it. */
function onePerCell(missing: IMissing[]): IMissing[] {
  const seen = new Set<string>();
  return missing.filter(({ cell, event }) => {
    const key = `${cell.index} ${event.name}`;
    return !seen.has(key) && seen.add(key);
  });
}
