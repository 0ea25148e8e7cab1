/** What the arguments of `conda install` ask for, as `requirements` says it. */

import { readSpecifier } from './pep440';
import { readName } from './pep508';
import type { IWantedRequirement } from './pip-arguments';

/** Options that change nothing of what is wanted. */
const FLAGS =
  /^(?:-[yqv]+|--(?:yes|quiet|verbose|update-deps|override-channels))$/;

/** Those whose value is the next word: where packages come from. */
const CHANNEL = /^(?:-c|--channel)$/;

/** Packages that the two indexes call otherwise; an empty name is on one of them only. */
const NAMES = new Map([
  ['pytorch', 'torch'],
  ['pytables', 'tables'],
  ['py-xgboost', 'xgboost'],
  ['opencv', 'opencv-python-headless'],
  ['python-graphviz', 'graphviz'],
  ['tensorflow-gpu', 'tensorflow'],
  ['msgpack-python', 'msgpack'],
  ['python', ''],
  ['pip', ''],
  ['graphviz', ''],
  ['cudatoolkit', ''],
  ['ffmpeg', ''],
  ['nodejs', ''],
  ['gcc', ''],
  ['r-base', '']
]);

/** Undefined where an argument is more than a name and a version. */
export function readCondaArguments(
  words: ReadonlyArray<string>
): IWantedRequirement[] | undefined {
  const wanted: IWantedRequirement[] = [];
  let skips = false;
  for (const word of words) {
    if (skips) {
      skips = false;
    } else if (CHANNEL.test(word)) {
      skips = true;
    } else if (!FLAGS.test(word) && !/^--channel=/.test(word)) {
      const requirement = readPackage(word);
      if (!requirement) {
        return undefined;
      }
      wanted.push(requirement);
    }
  }
  return wanted;
}

function readPackage(word: string): IWantedRequirement | undefined {
  const match = /^(?:[\w-]+::)?([A-Za-z0-9][\w.-]*?)((?:[=<>!~]=?).*)?$/.exec(
    word
  );
  const own = match ? NAMES.get(match[1].toLowerCase()) : undefined;
  const name = match ? readName(own ?? match[1]) : undefined;
  if (!match || !name) {
    return undefined;
  } else if (match[2] === undefined) {
    return { name };
  }
  // `x=1.2` is any 1.2 to conda.
  const [, fuzzy] = /^=([\d.]+)$/.exec(match[2]) ?? [];
  const specifier = readSpecifier(fuzzy ? `==${fuzzy}.*` : match[2]);
  return specifier === undefined
    ? undefined
    : {
        name,
        version: /^==[^,*]+$/.test(specifier) ? specifier.slice(2) : specifier
      };
}
