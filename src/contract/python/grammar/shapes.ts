/** What an expression may be besides a value; each a bit. */
export type Shape = number;
/** The target of an assignment. */
export const ASSIGNABLE = 1;
export const DELETABLE = 2;
/** A target of `+=`, or one with an annotation. */
export const SINGLE = 4;
/** A name without parentheses. */
export const NAME = 8;
/** Something behind a `*`. */
export const STARRED = 16;
export const VALUE: Shape = 0;
export const PLACE = ASSIGNABLE | DELETABLE | SINGLE;

/** What several are together, with commas between them; `stars`: how many of them stand behind one. */
export function tuple(shape: Shape, stars: number): Shape {
  const own = shape & (ASSIGNABLE | DELETABLE);
  return stars > 1 ? VALUE : stars === 1 ? own & ~DELETABLE : own;
}
