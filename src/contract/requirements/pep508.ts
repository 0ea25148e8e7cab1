/**
 * Names of packages, by PEP 508 (https://peps.python.org/pep-0508/#names) and PEP 503
 * (https://peps.python.org/pep-0503/#normalized-names).
 */

const WORD = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const NAME = new RegExp(`^(${WORD})(?:\\[ *(${WORD}(?: *, *${WORD})*) *\\])?$`);

/** The name as written, spaces among its extras left out; undefined if it is none. */
export function readName(text: string): string | undefined {
  const match = NAME.exec(text);
  if (!match) {
    return undefined;
  }
  const [, base, extras] = match;
  return extras ? `${base}[${extras.replace(/ /g, '')}]` : base;
}

/** The one spelling under which an index knows the package; extras do not belong to it. */
export function normaliseName(name: string): string {
  return name
    .replace(/\[.*$/, '')
    .replace(/[-_.]+/g, '-')
    .toLowerCase();
}
