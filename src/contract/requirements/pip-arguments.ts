/** What the arguments of `pip install` ask for, where a list of requirements can say the same. */

import { readSpecifier } from './pep440';
import { readName } from './pep508';

export interface IWantedRequirement {
  /** With its extras. */
  name: string;
  /** As an entry of `requirements` has it; undefined where any version will do. */
  version?: string;
}

/** Options that change nothing of what is wanted. */
const FLAGS =
  /^(?:-[qvUIy]+|--(?:quiet|verbose|upgrade|user|yes|no-cache-dir|no-cache|force-reinstall|ignore-installed|no-input|no-warn-script-location|disable-pip-version-check|break-system-packages|system|prefer-binary|no-build-isolation|exists-action|no-warn-conflicts|use-feature|progress-bar|root-user-action|retries|timeout|default-timeout|trusted-host|upgrade-strategy|cache-dir)(?:=.*)?)$/;

/** Those among them whose value is the next word. */
const VALUED =
  /^--(?:exists-action|use-feature|progress-bar|root-user-action|retries|timeout|default-timeout|trusted-host|upgrade-strategy|cache-dir)$/;

const REQUIREMENT =
  /^([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)\s*((?:===?|[<>~!]=|[<>]).*)?$/;

/**
 * Undefined where an argument is more than a name and a version: a file, a URL, an index, a marker, a variable. With
 * `left`, what stands for itself among those goes there.
 */
export function readPipArguments(
  words: ReadonlyArray<string>,
  left?: string[]
): IWantedRequirement[] | undefined {
  const wanted: IWantedRequirement[] = [];
  let skips = false;
  for (const word of words) {
    if (skips) {
      skips = false;
    } else if (FLAGS.test(word)) {
      skips = VALUED.test(word);
    } else {
      const requirement = readRequirement(word);
      if (requirement) {
        wanted.push(requirement);
      } else if (left && !word.startsWith('-')) {
        left.push(word);
      } else {
        return undefined;
      }
    }
  }
  return wanted;
}

function readRequirement(word: string): IWantedRequirement | undefined {
  const match = REQUIREMENT.exec(word.trim());
  const name = match ? readName(match[1]) : undefined;
  if (!match || name === undefined || /\.(?:whl|zip|gz|txt)$/.test(word)) {
    return undefined;
  } else if (match[2] === undefined) {
    return { name };
  }
  const specifier = readSpecifier(match[2]);
  return specifier === undefined
    ? undefined
    : {
        name,
        version: /^==[^,]+$/.test(specifier) ? specifier.slice(2) : specifier
      };
}

/** Whether a version is one, and not many. */
export function isExact(version: string | undefined): boolean {
  return version !== undefined && /^[^<>=!~*,]+$/.test(version);
}
