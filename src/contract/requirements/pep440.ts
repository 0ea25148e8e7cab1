/**
 * Versions and specifiers, by PEP 440 (https://peps.python.org/pep-0440/, appendix B has the form of a version).
 */

const SEPARATOR = '[-_.]?';
const EPOCH = '(?:[0-9]+!)?';
const RELEASE = '[0-9]+(?:\\.[0-9]+)*';
const PRE = `(?:${SEPARATOR}(?:alpha|beta|preview|pre|a|b|c|rc)${SEPARATOR}[0-9]*)?`;
const POST = `(?:-[0-9]+|${SEPARATOR}(?:post|rev|r)${SEPARATOR}[0-9]*)?`;
const DEV = `(?:${SEPARATOR}dev${SEPARATOR}[0-9]*)?`;
const LOCAL = '(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?';
const SUFFIX = `${PRE}${POST}${DEV}`;

const VERSION = new RegExp(`^v?${EPOCH}${RELEASE}${SUFFIX}${LOCAL}$`, 'i');
const PREFIX = /^[0-9]+(?:\.[0-9]+)*\.\*$/;
const CLAUSE = new RegExp(
  '^(?:' +
    [
      // A prefix or a local version goes with equality only.
      `(?:==|!=)v?${EPOCH}${RELEASE}(?:\\.\\*|${SUFFIX}${LOCAL})`,
      // What is compatible needs a number that stays and one that may grow.
      `~=v?${EPOCH}[0-9]+(?:\\.[0-9]+)+${SUFFIX}`,
      `(?:<=|>=|<|>)v?${EPOCH}${RELEASE}${SUFFIX}`
    ].join('|') +
    ')$',
  'i'
);

/**
 * The specifier that a version in `requirements` stands for, spaces left out: `1.15` means `==1.15`, a
 * specifier means itself. Undefined if it is neither. Arbitrary equality, `===`, is not taken.
 */
export function readSpecifier(version: string): string | undefined {
  // Printable ASCII only; and spaces may not stand within a word.
  if (!/^[ -~]+$/.test(version) || /[\w.*] +[\w.*-]/.test(version)) {
    return undefined;
  }
  const text = version.replace(/ /g, '');
  if (PREFIX.test(text) || VERSION.test(text)) {
    return `==${text}`;
  }
  return text.split(',').every(clause => CLAUSE.test(clause))
    ? text
    : undefined;
}
