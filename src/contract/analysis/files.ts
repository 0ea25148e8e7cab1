/** Where cells name files that they read or write. */

import type { SyntaxNode } from '@lezer/common';

import { argumentsOf, matchingCalls } from './calls';
import type { IArguments, ICall, IResolvedCall } from './calls';
import {
  LOOKERS,
  OPENERS,
  PATH_READERS,
  READERS,
  WRITERS,
  WRITING_METHODS
} from './file-functions';
import { knownText } from './known-text';
import type { IKnownText } from './known-text';
import { perNotebook } from './memo';
import type { ICodeCell } from './notebook';

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

const findByPath = matchingCalls(word => LAST_WORDS.has(word));

/** All uses, in document order. */
export const fileUsesOf = perNotebook((notebook): IFileUse[] => {
  const uses: IFileUse[] = [];
  for (const cell of notebook.code) {
    for (const found of findByPath(cell, notebook)) {
      for (const use of usesBy(found)) {
        const text = knownText(use.node, cell, notebook);
        if (!text || !isForeign(text.text)) {
          uses.push({ ...use, text });
        }
      }
    }
  }
  return uses;
});

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

/** Calls of methods that write, whatever the object. */
export const findWritingMethods = matchingCalls(word =>
  WRITING_METHODS.has(word)
);
