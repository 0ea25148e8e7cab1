import { namesOfCell } from './cell-names';
import type { INameEvent } from './events';
import type { ICodeCell } from './notebook';

/** A place where something happens to a name. */
export interface IPlace {
  cell: ICodeCell;
  event: INameEvent;
}

/** Places by name. Only the cell is kept: places of thousands of names would be made for each keystroke. */
export class Places implements Iterable<[string, IPlace]> {
  constructor(
    private readonly _find: (
      cell: ICodeCell,
      name: string
    ) => INameEvent | undefined
  ) {}

  get size(): number {
    return this._cells.size;
  }

  has(name: string): boolean {
    return this._cells.has(name);
  }

  cellOf(name: string): ICodeCell | undefined {
    return this._cells.get(name);
  }

  get(name: string): IPlace | undefined {
    const cell = this._cells.get(name);
    const event = cell && this._find(cell, name);
    return event && { cell, event };
  }

  keys(): Iterable<string> {
    return this._cells.keys();
  }

  *[Symbol.iterator](): Iterator<[string, IPlace]> {
    for (const [name, cell] of this._cells) {
      const event = this._find(cell, name);
      if (event) {
        yield [name, { cell, event }];
      }
    }
  }

  set(name: string, cell: ICodeCell): void {
    this._cells.set(name, cell);
  }

  delete(name: string): void {
    this._cells.delete(name);
  }

  private readonly _cells = new Map<string, ICodeCell>();
}

export function lastDefinition(
  cell: ICodeCell,
  name: string
): INameEvent | undefined {
  return namesOfCell(cell).last.get(name);
}

export function deletion(
  cell: ICodeCell,
  name: string
): INameEvent | undefined {
  const { deleted, wipes } = namesOfCell(cell);
  return deleted.get(name) ?? wipes.find(each => each.matches(name))?.event;
}
