/** How `requirements` is written. */

import type { FoundPackages, IWantedPackage } from '../types';
import { readSpecifier } from '../requirements/pep440';
import { normaliseName } from '../requirements/pep508';

/** A package and its version, or a specifier, as an entry has them. */
export type NamedVersion = readonly [name: string, version: string];

/** Of a package whose version nobody knows. */
const ANY_VERSION = '>=0';

const WIDTH = 88;

/** What was found for wanted packages, each once. */
export function pinsOf(
  wanted: ReadonlyArray<IWantedPackage>,
  found: FoundPackages
): NamedVersion[] {
  const pins = new Map<string, NamedVersion>();
  for (const { name: likely } of wanted) {
    const { name, version } = found.get(likely) ?? {
      name: likely,
      version: ''
    };
    const key = normaliseName(name);
    if (!pins.has(key)) {
      pins.set(key, [name, pinnedVersion(version) ?? ANY_VERSION]);
    }
  }
  return [...pins.values()];
}

/** A version as one pins it: local builds, such as those for one graphics card, are on no index. */
export function pinnedVersion(version: string): string | undefined {
  const [text] = version.trim().split('+');
  return readSpecifier(text) === `==${text}` ? text : undefined;
}

/** The declaration as a cell of its own. */
export function requirementsText(pins: ReadonlyArray<NamedVersion>): string {
  const entries = pins.map(pin => entryText(pin));
  const line = `requirements = [${entries.join(', ')}]`;
  return entries.length <= 3 && line.length <= WIDTH
    ? line
    : `requirements = [\n${entries.map(entry => `    ${entry},\n`).join('')}]`;
}

/** One entry, in the style of another one. */
export function entryText(
  [name, version]: NamedVersion,
  style = '[""]'
): string {
  const quote = /['"]/.exec(style)?.[0] ?? '"';
  const [open, close] = style.startsWith('(') ? '()' : '[]';
  const text = [name, version].map(part => `${quote}${part}${quote}`);
  return `${open}${text.join(', ')}${close}`;
}
