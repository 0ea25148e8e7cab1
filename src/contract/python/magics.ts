/** Cells and lines that belong to IPython: what they hide from Python, and which names they make. */

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

/** Line magics whose line is Python. */
const PYTHON_LINE =
  /^%(?:time|timeit|prun)\b[ \t]*(?:-[A-Za-z]+[ \t]*\d*[ \t]+)*/;

export interface ICellMagic {
  name: string;
  /** Whether the rest of the cell is Python. */
  isPython: boolean;
  /** End of its line. */
  to: number;
  /** Names that it makes, such as `out` of `%%capture out`. */
  names: string[];
  /** Whether it may make others, too. */
  isOpaque: boolean;
}

export function cellMagic(source: string): ICellMagic | undefined {
  const match = /^\s*%%(!|\w+)(.*)/.exec(source);
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
  return {
    name,
    isPython,
    to: line.length,
    names,
    isOpaque: !isPython && !HARMLESS_BODIES.has(name)
  };
}

/** Whether a line may make names that nobody can see. */
export function isNamingLine(line: string): boolean {
  return NAMING_LINE.test(line);
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

/** Statements that cannot follow another one on its line. */
const COMPOUND = /^(?:for|while|if|with|try|def|class|async|@)\b/;

/** Names that a line such as `%time for x in xs: y = f(x)` may make: it cannot be read where it stands. */
export function namesOfLine(line: string): string[] {
  const prefix = PYTHON_LINE.exec(line)?.[0] ?? '';
  const statement = line.slice(prefix.length);
  return prefix && COMPOUND.test(statement)
    ? (statement.match(/[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/g) ?? [])
    : [];
}

/** What stands in for an IPython line, of the same length. */
export function maskLine(line: string): string {
  const prefix = PYTHON_LINE.exec(line)?.[0];
  if (
    prefix &&
    prefix.length < line.trimEnd().length &&
    // Help on the magic.
    !/\?\s*$/.test(line) &&
    !line.includes('\n') &&
    !COMPOUND.test(line.slice(prefix.length))
  ) {
    // One statement more on the line, so that Python sees the rest of it.
    return `0;${' '.repeat(prefix.length - 2)}${line.slice(prefix.length)}`;
  }
  return line.replace(/[^\n]/g, ' ').replace(/^ /, '0').replace(/\n/g, ' ');
}
