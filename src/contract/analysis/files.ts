/** Where cells name files that they read or write. */

import type { SyntaxNode } from '@lezer/common';

import { argumentsOf, callsOf, matchingCalls, renamedTo } from './calls';
import type { INameEvent } from './events';
import type { IArguments, ICall, IResolvedCall } from './calls';
import {
  LOOKERS,
  OPENERS,
  PATH_READERS,
  READERS,
  WRITERS
} from './file-functions';
import { knownText } from './known-text';
import type { IKnownText } from './known-text';
import { linksOf } from './link';
import { perCell, perNotebook } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';

export interface IFileUse {
  cell: ICodeCell;
  call: ICall;
  /** The dotted name of what is called; of a method of an unknown object, the method's alone. */
  path: string;
  /** `look`: nothing says whether the file is read, or only meant. */
  kind: 'read' | 'write' | 'look';
  /** The expression that gives the path. */
  node: SyntaxNode;
  /** Undefined where the source does not show how it begins. */
  text?: IKnownText;
}

const LAST_WORDS = new Set([
  ...[
    ...READERS,
    ...OPENERS,
    ...PATH_READERS,
    ...LOOKERS,
    ...WRITERS.keys()
  ].map(path => path.slice(path.lastIndexOf('.') + 1))
]);

const isCandidate = (word: string) => LAST_WORDS.has(word);

const findByPath = matchingCalls(isCandidate);

const renamed = renamedTo(isCandidate);

/** All uses, in document order. */
export const fileUsesOf = perNotebook((notebook): IFileUse[] =>
  notebook.code.flatMap(cell => usesInCell(cell, notebook))
);

interface IKnownUses {
  /** What the global names in the calls were. */
  places: ReadonlyArray<INameEvent | undefined>;
  uses: ReadonlyArray<IFileUse>;
}

/** What was found in a cell when last looked. */
const lastUses = perCell((): { known?: IKnownUses } => ({}));

/** Global names in calls that may be about files. */
const namesInCalls = perCell((cell): string[] => {
  const ranges = callsOf(cell)
    .filter(({ words }) => isCandidate(words[words.length - 1]))
    .map(({ node: { from, to } }) => ({ from, to }));
  const names = (ranges.length ? cell.events : [])
    .filter(
      ({ kind, from: at }) =>
        kind === 'use' && ranges.some(({ from, to }) => from <= at && at < to)
    )
    .map(({ name }) => name);
  return [...new Set(names)];
});

/** Remembers what comes of imports and builtins alone, as most of it does, until those are others. */
function usesInCell(
  cell: ICodeCell,
  notebook: INotebookAnalysis
): ReadonlyArray<IFileUse> {
  if (renamed(notebook).size > 0) {
    return findUses(cell, notebook);
  }
  const { final } = linksOf(notebook);
  const places = namesInCalls(cell).map(name => final.get(name)?.event);
  const last = lastUses(cell);
  const { known } = last;
  if (known && known.places.every((place, index) => place === places[index])) {
    // Mostly the cell stands where it stood.
    return known.uses.every(use => use.cell.index === cell.index)
      ? known.uses
      : known.uses.map(use => ({
          ...use,
          cell,
          text: use.text && { ...use.text, cell }
        }));
  }
  const uses = findUses(cell, notebook);
  const isStable = places.every(
    place => !place || place.origin?.kind === 'import'
  );
  last.known = isStable ? { places, uses } : undefined;
  return uses;
}

function findUses(cell: ICodeCell, notebook: INotebookAnalysis): IFileUse[] {
  return findByPath(cell, notebook)
    .flatMap(usesBy)
    .map(use => ({ ...use, text: knownText(use.node, cell, notebook) }))
    .filter(({ text }) => !text || !isForeign(text.text));
}

/** URLs, and data itself in place of a path to it. */
function isForeign(text: string): boolean {
  return /^(?!file:)[a-z][a-z0-9+.-]+:(?:\/\/|$)|^\s*[{[<]|\n/i.test(text);
}

/** The name of the parameter is not always the same; all of these mean the path. */
const PATH_KEYWORDS =
  /^(?:file|filename|fname|filepath|filepath_or_buffer|path|path_or_buf|path_or_buffer|io|f|fp|name|source|pathname|uri|dst|database|model_file)$/;

function usesBy({ cell, call, path }: IResolvedCall): IFileUse[] {
  const given = argumentsOf(call.node, cell);
  const use = (kind: IFileUse['kind'], node = pathArgument(given)) =>
    node ? [{ cell, call, path, kind, node }] : [];
  if (path.startsWith('pathlib.Path().')) {
    // The path is what the method belongs to.
    const object = call.node.firstChild?.firstChild ?? undefined;
    return PATH_READERS.has(path) || OPENERS.has(path)
      ? use(path.endsWith('open') ? modeOf(given, cell, 0) : 'read', object)
      : [];
  }
  const writes = WRITERS.get(path);
  const written =
    writes === undefined ? [] : use('write', given.positional[writes]);
  if (OPENERS.has(path)) {
    return use(modeOf(given, cell, 1));
  } else if (READERS.has(path)) {
    return [...use('read'), ...written];
  } else if (path === 'sys.path.insert') {
    return use('look', given.positional[1]);
  } else if (path === 'pathlib.Path.home') {
    return use('look', call.node);
  } else if (LOOKERS.has(path)) {
    return use('look');
  }
  return written;
}

function pathArgument({
  positional,
  keywords
}: IArguments): SyntaxNode | undefined {
  return (
    positional[0] ??
    [...keywords].find(([name]) => PATH_KEYWORDS.test(name))?.[1]
  );
}

function modeOf(
  { positional, keywords }: IArguments,
  { source }: ICodeCell,
  index: number
): 'read' | 'write' {
  const mode = positional[index] ?? keywords.get('mode');
  const text = mode ? source.slice(mode.from, mode.to) : '';
  return /[wax]/.test(text) ? 'write' : 'read';
}
