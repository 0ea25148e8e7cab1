/** Cells and lines that belong to IPython: what they hide from Python, and which names they make. */

import type { IRange } from '../types';

/** Cell magics whose body is Python that runs in the notebook's namespace; the builder has the same list. */
const PYTHON_BODIES = new Set(['time', 'timeit', 'capture', 'prun']);

/** Cell magics that make no names but those they are told to. */
const HARMLESS_BODIES = new Set(
  (
    '! bash sh script cmd html HTML javascript js latex markdown svg SVG writefile file perl ruby ' +
    'python python2 python3 pypy system sx'
  ).split(' ')
);

/** Line magics that may make any name. */
const NAMING_LINE =
  /^%+\s*(pylab|run|load|loadpy|store|macro|recall|rerun|R|Rpull|sql)\b/;

/** Options in front of the Python on a magic's line, some of which have a value. */
const OPTIONS =
  /(?:-(?:[lsTDv][ \t]*[^\s-]\S*|[A-Za-z]+[ \t]*\d*)(?:[ \t]+|$))*/;

/** Line magics whose line is Python. */
const PYTHON_LINE = new RegExp(
  `^%(time|timeit|prun)\\b[ \\t]*${OPTIONS.source}`
);

/** What a magic does to names, where it stands. */
export type IMark =
  /** It may make names that nobody can see. */
  | { kind: 'opens' }
  /** Its line is Python with a scope of its own. */
  | { kind: 'local' }
  | { kind: 'deletes'; names: IRange[] }
  /** It takes away all names that match. */
  | ({ kind: 'wipes'; matches(name: string): boolean } & IRange);

export interface ICellMagic {
  name: string;
  /** Whether the rest of the cell is Python. */
  isPython: boolean;
  /** Whether that has a scope of its own. */
  isLocal: boolean;
  /** End of its line, or where the Python on it begins: `%%timeit` has what is to come first there. */
  to: number;
  /** Names that it makes, such as `out` of `%%capture out`. */
  names: string[];
  /** Whether it may make others, too. */
  isOpaque: boolean;
}

export function cellMagic(source: string): ICellMagic | undefined {
  const match = /^(?:\s*\n)?%%(!|\w+)(.*)/.exec(source);
  if (!match || /\?\s*$/.test(match[2])) {
    return undefined;
  }
  const [line, name, rest] = match;
  const isPython = PYTHON_BODIES.has(name);
  const names = [...rest.matchAll(/--(?:out|err|proc)[ =]+(\w+)/g)].map(
    found => found[1]
  );
  if (name === 'capture') {
    names.push(...(/^\s*([A-Za-z_]\w*)/.exec(rest)?.slice(1) ?? []));
    names.push(...(/(?:--no-\w+\s+)([A-Za-z_]\w*)/.exec(rest)?.slice(1) ?? []));
  }
  const hasPython = name === 'timeit' || name === 'prun';
  const code = hasPython ? rest.replace(HEAD, '') : '';
  return {
    name,
    isPython,
    isLocal: name === 'timeit',
    to: line.length - code.length,
    names,
    isOpaque: !isPython && !HARMLESS_BODIES.has(name)
  };
}

/** What a line of IPython's does to names. */
export function markOf(line: string, { from, to }: IRange): IMark | undefined {
  const [, name, rest] = /^%[ \t]*(\w+)(.*)/.exec(line) ?? [];
  const at = to - (rest ?? '').length;
  switch (name) {
    case 'xdel':
      return {
        kind: 'deletes',
        names: [...rest.matchAll(/(?<![\w-])[A-Za-z_]\w*/g)].map(found => ({
          from: at + found.index,
          to: at + found.index + found[0].length
        }))
      };
    case 'reset':
      // With other words, it takes away what is not a name of the notebook's.
      return /^\s*(?:-[fs]+\s*)*$/.test(rest) && rest.includes('f')
        ? { kind: 'wipes', from, to, matches: () => true }
        : undefined;
    case 'reset_selective': {
      const text = /^\s+-f\s+(\S+)\s*$/.exec(rest)?.[1];
      const pattern = text === undefined ? undefined : patternOf(text);
      return pattern
        ? {
            kind: 'wipes',
            from,
            to,
            matches: each => pattern.test(each)
          }
        : undefined;
    }
    default:
      return NAMING_LINE.test(line) ? { kind: 'opens' } : undefined;
  }
}

/**
 * Line magics, and shell commands under names of theirs, that IPython takes without `%` where they are all of a cell
 * and no variable has the name: https://ipython.readthedocs.io/en/stable/interactive/magics.html
 */
const AUTOMAGICS = new Set(
  (
    'alias alias_magic autoawait autocall automagic autosave bookmark cat cd clear code_wrap colors conda config ' +
    'connect_info cp debug dhist dirs doctest_mode ed edit env gui hist history killbgscripts ldir less lf lk ll load ' +
    'load_ext loadpy logoff logon logstart logstate logstop ls lsmagic lx macro magic mamba man matplotlib micromamba ' +
    'mkdir more mv notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch ' +
    'psource pushd pwd pycat pylab qtconsole quickref recall rehashx reload_ext rep rerun reset reset_selective rm ' +
    'rmdir run save sc set_env subshell sx system tb time timeit unalias unload_ext uv who who_ls whos xdel xmode'
  ).split(' ')
);

export interface IAutomagic {
  name: string;
  from: number;
  to: number;
}

/** The magic that a cell is, unless a variable has its name. */
export function automagic(source: string): IAutomagic | undefined {
  const match =
    /^(?:[ \t]*\r?\n)*([ \t]*)([A-Za-z_]\w*)(?![\w.*])([^\n]*)\n?$/.exec(
      source
    );
  if (
    !match ||
    !AUTOMAGICS.has(match[2]) ||
    // What is assigned to is a variable.
    /^[ \t]*[=,]/.test(match[3]) ||
    match[3].trimEnd().endsWith('\\')
  ) {
    return undefined;
  }
  const [, , name, rest] = match;
  const to = source.trimEnd().length;
  return { name, from: to - (name + rest).trimEnd().length, to };
}

/** Those of the names that hide a magic. */
export function namesOfAutomagics(names: Iterable<string>): string[] {
  return [...names].filter(name => AUTOMAGICS.has(name));
}

/** What stands in for a line whose `%` is only added, as long as it is without. */
export function maskAutomagic(line: string): string {
  return maskLine(line).replace(' ', '');
}

/** Most patterns mean the same to Python; undefined for others. */
function patternOf(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}

/** The Python on a magic's line. */
export interface IPythonLine {
  /** Where it begins, from the line's start. */
  start: number;
  isLocal: boolean;
}

export function pythonOf(line: string): IPythonLine | undefined {
  const [prefix, name] = PYTHON_LINE.exec(line) ?? [];
  const isCode =
    prefix !== undefined &&
    prefix.length < line.trimEnd().length &&
    line[prefix.length] !== '#' &&
    // Help on the magic.
    !/\?\s*$/.test(line) &&
    !line.includes('\n');
  return isCode
    ? { start: prefix.length, isLocal: name === 'timeit' }
    : undefined;
}

/** What stands in for an IPython line, of the same length. */
export function maskLine(line: string): string {
  const start = COMPOUND.test(line) ? undefined : pythonOf(line)?.start;
  if (start !== undefined) {
    // One statement more on the line, so that Python sees the rest of it.
    return `0;${' '.repeat(start - 2)}${line.slice(start)}`;
  }
  return line.replace(/[^\n]/g, ' ').replace(/^ /, '0').replace(/\n/g, ' ');
}

/** Statements that cannot follow another one on its line. */
const COMPOUND = new RegExp(
  `${PYTHON_LINE.source}(?:for|while|if|with|try|def|class|async|@)\\b`
);

const HEAD = new RegExp(`^[ \\t]*${OPTIONS.source}`);
