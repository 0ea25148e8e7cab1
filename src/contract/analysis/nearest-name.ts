/** Guesses which name was meant. */

/** Above this many letters of difference, a name is another one. */
const MOST = 2;

/** Names that are guessed for in one notebook; more misspelt ones are no typing errors. */
const MOST_GUESSES = 50;

interface ICandidate {
  name: string;
  letters: number;
}

/** Finds the defined name that a misspelt one was meant to be. */
export class NameGuesser {
  constructor(names: Iterable<string>) {
    for (const name of names) {
      const known = this._byLength.get(name.length);
      const candidate = { name, letters: lettersOf(name) };
      if (known) {
        known.push(candidate);
      } else {
        this._byLength.set(name.length, [candidate]);
      }
    }
  }

  /** The name that differs least; undefined where all differ too much. */
  nearest(name: string): string | undefined {
    if (this._guesses++ >= MOST_GUESSES) {
      return undefined;
    }
    // A short name has many neighbours that mean something else.
    const limit = name.length < 3 ? 0 : name.length < 6 ? 1 : MOST;
    const letters = lettersOf(name);
    let nearest: string | undefined;
    let best = limit + 1;
    for (
      let length = name.length - limit;
      length <= name.length + limit;
      length++
    ) {
      for (const candidate of this._byLength.get(length) ?? []) {
        if (
          candidate.name !== name &&
          // Each difference changes two letters at most: far cheaper than to compare the words.
          bits(candidate.letters ^ letters) <= 2 * (best - 1)
        ) {
          const distance = editDistance(name, candidate.name);
          if (distance < best) {
            nearest = candidate.name;
            best = distance;
          }
        }
      }
    }
    return nearest;
  }

  private readonly _byLength = new Map<number, ICandidate[]>();
  private _guesses = 0;
}

/** Which letters a word has, one bit each; rare ones share theirs. */
function lettersOf(name: string): number {
  let letters = 0;
  for (let index = 0; index < name.length; index++) {
    // Upper and lower case differ in a bit that falls away.
    letters |= 1 << (name.charCodeAt(index) & 31);
  }
  return letters;
}

function bits(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) {
    count++;
  }
  return count;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that make one word of another; letters in another case
 * are the same (optimal string alignment).
 */
function editDistance(first: string, second: string): number {
  const a = first.toLowerCase();
  const b = second.toLowerCase();
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(
        last[column] + 1,
        current[column - 1] + 1,
        last[column - 1] + Number(!isSame)
      );
      if (
        row > 1 &&
        column > 1 &&
        a[row - 1] === b[column - 2] &&
        a[row - 2] === b[column - 1]
      ) {
        cost = Math.min(cost, beforeLast[column - 2] + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length];
}
