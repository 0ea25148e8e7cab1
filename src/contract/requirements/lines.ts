import { readSpecifier } from './pep440';
import { readName } from './pep508';

/** What reads like a line of a requirements file: a name, and a version or specifier if it has one. */
export interface IRequirementLine {
  name: string;
  version?: string;
}

/** Longer text is none, and would take long to read. */
const LONGEST = 500;

/** Undefined where the text is something else, such as an address or an option. */
export function readLine(text: string): IRequirementLine | undefined {
  if (text.length > LONGEST) {
    return undefined;
  }
  const match = /^\s*([^\s=<>!~]+?(?:\s*\[[^\]]*\])?)\s*([=<>!~].*)?$/.exec(
    text
  );
  const name = match ? readName(match[1].replace(/\s+\[/, '[')) : undefined;
  const specifier = match?.[2] ? readSpecifier(match[2].trim()) : undefined;
  if (!match || name === undefined || (match[2] && !specifier)) {
    return undefined;
  }
  const exact = /^==([^,*]+)$/.exec(specifier ?? '');
  return { name, version: exact?.[1] ?? specifier };
}
