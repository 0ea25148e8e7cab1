/** Words that several rules need in their sentences. */

/** An example of the declaration, as code. */
export const REQUIREMENTS_EXAMPLE = '`requirements = [["numpy", "1.26.4"]]`';

/** Source text as code within a sentence: on one line, and not too long. */
export function quote(text: string, length = 60): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const short = line.length > length ? `${line.slice(0, length - 1)}…` : line;
  return `\`${short}\``;
}

/** A cell as its author counts: all cells, from 1. */
export function cellName(index: number): string {
  return `cell ${index + 1}`;
}

/** The function that needs what a path of names leads to, with the way there: `predictor`, by way of `clean`. */
export function pathText(path: ReadonlyArray<string>): string {
  const [first, ...between] = path.slice(0, -1);
  const names = between.map(name => `\`${name}\``).join(' and ');
  return between.length
    ? `\`${first}\`, by way of ${names},`
    : `\`${first ?? path[0]}\``;
}
