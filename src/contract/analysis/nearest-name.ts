/** Guesses which name was meant. */

/** Above this many letters of difference, a name is another one. */
const MOST = 2;

/** The name that differs least from a misspelt one; undefined where all differ too much. */
export function nearestName(
  name: string,
  candidates: Iterable<string>
): string | undefined {
  let nearest: string | undefined;
  // A short name has many neighbours that mean something else.
  let limit = name.length < 3 ? 0 : name.length < 6 ? 1 : MOST;
  for (const candidate of candidates) {
    if (
      candidate !== name &&
      Math.abs(candidate.length - name.length) <= limit
    ) {
      const distance = editDistance(name, candidate);
      if (distance <= limit) {
        nearest = candidate;
        limit = distance - 1;
      }
    }
  }
  return nearest;
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
