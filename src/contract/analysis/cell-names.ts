/** What a cell means for the others: the names it asks them for, and those it leaves behind. */

import type { INameEvent, NameState } from './events';
import { isKnownName } from './known-names';
import { perCell } from './memo';
import type { IWipe } from './recorder';

/** A name that a cell leaves behind, or takes away. */
export interface ILeftName {
  name: string;
  state: Exclude<NameState, 'unbound'>;
  /** The last definition, or the last deletion of a name that is gone. */
  event: INameEvent;
  /** The definition that its value is from, if the source of the cell shows that. */
  sole?: INameEvent;
}

export interface ICellNames {
  /** The first use of each name that runs with the cell and that nothing above in the cell satisfies for sure. */
  immediate: INameEvent[];
  /** The first use of each name that runs later. */
  deferred: INameEvent[];
  /** The first definition of each name. */
  first: Map<string, INameEvent>;
  /** The last definition of each name. */
  last: Map<string, INameEvent>;
  /** The last deletion of each name. */
  deleted: Map<string, INameEvent>;
  /** What it leaves behind; not the names that it only had for a time, as that of an `except`. */
  left: ILeftName[];
  /** Where names may begin to exist that nobody can see; infinite if nowhere. */
  opens: number;
  /** The last place of that kind; negative if there is none. */
  opensLast: number;
  /** Names that magics take away, whichever cell made them. */
  wipes: ReadonlyArray<IWipe>;
}

/** Names of Python and IPython that the cell does not define itself are left out of the uses. */
export const namesOfCell = perCell(({ events, states, wipes }): ICellNames => {
  const names: ICellNames = {
    immediate: [],
    deferred: [],
    first: new Map(),
    last: new Map(),
    deleted: new Map(),
    left: [],
    opens: Infinity,
    opensLast: -1,
    wipes
  };
  const seen = new Set<string>();
  for (const event of events) {
    const { name, kind } = event;
    switch (kind) {
      case 'anything':
        names.opens = Math.min(names.opens, event.from);
        names.opensLast = Math.max(names.opensLast, event.from);
        break;
      case 'deletion':
        names.deleted.set(name, event);
        break;
      case 'definition':
        if (!names.first.has(name)) {
          names.first.set(name, event);
        }
        names.last.set(name, event);
        break;
      case 'use':
        if (isOpenUse(event)) {
          // What is sure to run tells more than what is not.
          const isSure = !event.isConditional && !event.isSkippable;
          const key = `${event.isDeferred} ${isSure} ${event.state} ${name}`;
          if (!seen.has(key)) {
            seen.add(key);
            names[event.isDeferred ? 'deferred' : 'immediate'].push(event);
          }
        }
    }
  }
  for (const [name, { state, event: held }] of states) {
    const event =
      state === 'deleted'
        ? (held ?? names.deleted.get(name))
        : names.last.get(name);
    if (state !== 'unbound' && event) {
      const sole = state === 'bound' ? held : undefined;
      names.left.push({ name, state, event, sole });
    }
  }
  return names;
});

function isOpenUse({ name, state, isGuarded }: INameEvent) {
  return !isGuarded && state !== 'bound' && !isKnownName(name);
}
