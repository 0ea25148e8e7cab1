import {
  argumentsOf,
  callsOf,
  isConditional,
  runsWith
} from '../analysis/calls';
import { MAKING, WRITING_METHODS } from '../analysis/file-functions';
import { fileUsesOf } from '../analysis/files';
import type { IFileUse } from '../analysis/files';
import { perCell } from '../analysis/memo';
import type { ICodeCell } from '../analysis/notebook';
import { servedRegionAt } from '../analysis/served-regions';
import { shellLinesOf } from '../analysis/shell-lines';
import type { IRule } from './rule';
import { quote } from './text';

export const fileNotBeside: IRule = {
  code: 'SLP306',
  name: 'file-not-beside',
  severity: 'warning',
  summary: 'A file is read that is not beside the notebook.',
  *check(notebook) {
    const { siblings, code } = notebook;
    const uses = fileUsesOf(notebook);
    // From here on, files may be there that no source names.
    const makes =
      code.find(cell => mayMakeFiles(cell).makes)?.index ?? Infinity;
    const made = new Set<string>();
    const seen = new Set<string>();
    for (const use of uses) {
      const { cell, call, kind, node, text } = use;
      if (kind === 'write' && text) {
        made.add(firstSegment(text.text));
      }
      if (kind !== 'read' || !text?.isWhole) {
        continue;
      }
      const path = text.text;
      const key = `${cell.index} ${path}`;
      const place = placeOf(path);
      const isMissing =
        place === 'outside' ||
        (place === 'beside' &&
          siblings !== undefined &&
          cell.index < makes &&
          !siblings.includes(firstSegment(path)) &&
          !made.has(firstSegment(path)) &&
          !isMentioned(code, use));
      if (
        isMissing &&
        !seen.has(key) &&
        !isConditional(call.node) &&
        runsWith(call.node, cell, notebook) &&
        !servedRegionAt(notebook, cell, node.from)
      ) {
        seen.add(key);
        const what =
          place === 'outside'
            ? 'is outside of the directory of the notebook'
            : 'is not beside the notebook, and no cell above makes it';
        yield {
          message: `${quote(path)} ${what}. Put the file there, or correct the path.`,
          cellIndex: cell.index,
          range: { from: node.from, to: node.to }
        };
      }
    }
  }
};

function placeOf(path: string): 'beside' | 'outside' | 'unknown' {
  if (path === '' || /^[/~$%\\]|^[A-Za-z]:|[*?[]/.test(path)) {
    return 'unknown';
  }
  let depth = 0;
  for (const segment of path.split(/[\\/]+/)) {
    if (segment === '..') {
      depth--;
    } else if (segment !== '.' && segment !== '') {
      depth++;
    }
    if (depth < 0) {
      return 'outside';
    }
  }
  return depth === 0 ? 'unknown' : 'beside';
}

function firstSegment(path: string): string {
  return path.replace(/^(?:\.?[\\/])+/, '').split(/[\\/]/)[0];
}

/** Words that mean making files only with these modules: every list has a `copy`. */
const AMBIGUOUS =
  /^(?:copy|run|call|move|system|fetch|retrieve|dump|download)$/;
const MODULES =
  /^(?:os|sp|shutil|subprocess|requests|urllib|wget|gdown|nltk|pickle|joblib|api|kagglehub|pooch)$/;

/** Whether a cell has code that may make files of any name, or changes the directory. */
const mayMakeFiles = perCell((cell): { makes: boolean } => {
  const { source, magic, magics } = cell;
  return {
    makes:
      (magic !== undefined && !magic.isPython) ||
      shellLinesOf(cell).some(({ isActive }) => isActive) ||
      magics.some(({ from, to }) =>
        /^%(?:cd|run|load)\b/.test(source.slice(from, to))
      ) ||
      callsOf(cell).some(({ node, words }) => {
        const last = words[words.length - 1];
        if (WRITING_METHODS.has(last)) {
          // A name that stands there is looked for; any other may be the file's.
          const [file] = argumentsOf(node, cell).positional;
          if (!/String$/.test(file?.name ?? '')) {
            return true;
          }
        }
        return (
          MAKING.has(last) && (!AMBIGUOUS.test(last) || MODULES.test(words[0]))
        );
      })
  };
});

/** Whether the file's name stands somewhere above: that may be what makes it. */
function isMentioned(
  code: ReadonlyArray<ICodeCell>,
  { cell, node, text }: IFileUse
): boolean {
  const name = firstSegment(text?.text ?? '');
  // `np.save("a", …)` makes `a.npy`.
  const stem = name.replace(/\.\w+$/, '');
  const start = text?.cell.index === cell.index ? text.start.from : node.from;
  const names = [name, `"${stem}"`, `'${stem}'`];
  return code.some(
    other =>
      other.index <= cell.index &&
      names.some(each => {
        const at = mentionOf(each, other);
        return at >= 0 && (other.index !== cell.index || at < start);
      })
  );
}

const mentions = perCell(() => new Map<string, number>());

/** Where a text stands first in a cell; looked for once. */
function mentionOf(text: string, cell: ICodeCell): number {
  const known = mentions(cell);
  let at = known.get(text);
  if (at === undefined) {
    at = cell.source.indexOf(text);
    known.set(text, at);
  }
  return at;
}
