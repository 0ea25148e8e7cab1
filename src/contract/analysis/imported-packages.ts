/** The packages that a notebook imports, and where first. */

import {
  distributionOf,
  importNamesOf,
  isStandardLibrary
} from '../packages/modules';
import { normaliseName } from '../requirements/pep508';
import { importsOf } from './imports';
import type { IImport } from './imports';
import { perCell, perNotebook } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';

export interface IImportedPackage {
  /** The name on the package index. */
  distribution: string;
  /** Whether that is known, and not only likely. */
  isKnown: boolean;
  /** The module that is imported, as far as it tells the package. */
  module: string;
  cell: ICodeCell;
  /** Where the module's name stands. */
  from: number;
  to: number;
  /** `guarded`: its cell goes on without it; `build`: it is there while the notebook runs, but not in the service. */
  need: 'always' | 'guarded' | 'build';
}

export interface IImported {
  /** In the order of their first imports; those that are needed come before those that are not. */
  packages: ReadonlyArray<IImportedPackage>;
  /** All modules that cells import, with the names that they take from them, in dots. */
  modules: ReadonlySet<string>;
  /** Whether modules come from beside the notebook, or from names that nobody can see. */
  isOpen: boolean;
}

/** What runs the notebook brings these. */
const BUILD_TIME =
  /^(?:IPython|ipykernel|jupyter_client|jupyter_core|traitlets|comm|debugpy|matplotlib_inline|nest_asyncio|prompt_toolkit|pygments|tornado|zmq)$/;

export const importedPackages = perNotebook((notebook): IImported => {
  const packages = new Map<string, IImportedPackage>();
  const modules = new Set<string>();
  const isLocal = localModules(notebook);
  let isOpen = false;
  for (const cell of notebook.code) {
    isOpen ||= importsUnseen(cell).isOpen;
    for (const found of pathsIn(cell)) {
      modules.add(found.module);
      if (isLocal(found)) {
        isOpen = true;
        continue;
      }
      const { key, isForTypes } = found;
      const known = packages.get(key);
      if (!isForTypes && (!known || isNeededMore(found, known))) {
        packages.delete(key);
        packages.set(key, { ...found, cell });
      }
    }
  }
  return { packages: [...packages.values()], modules, isOpen };
});

function isNeededMore(
  { need }: Pick<IImportedPackage, 'need'>,
  known: Pick<IImportedPackage, 'need'>
): boolean {
  return need === 'always' && known.need === 'guarded';
}

type Found = Omit<IImportedPackage, 'cell'> &
  Pick<IImport, 'isForTypes'> & {
    /** Normalised. */
    key: string;
    /** The first part of the module's name. */
    top: string;
  };

/** What each import of a cell asks for; the standard library and relative imports left out. */
const pathsIn = perCell((cell): Found[] =>
  importsOf(cell).flatMap(found => {
    const { module, level, names } = found;
    if (level > 0 || module === '' || isStandardLibrary(module)) {
      return [];
    }
    const paths = names
      .filter(name => name !== '*')
      .map(name => `${module}.${name}`);
    return (paths.length ? paths : [module]).map(path => asFound(path, found));
  })
);

function asFound(
  path: string,
  { from, to, isGuarded, isForTypes }: IImport
): Found {
  const [top] = path.split('.');
  const distribution = distributionOf(path);
  return {
    key: normaliseName(distribution ?? top),
    top,
    distribution: distribution ?? top,
    isKnown: distribution !== undefined,
    module: path,
    from,
    to,
    need: isGuarded ? 'guarded' : BUILD_TIME.test(top) ? 'build' : 'always',
    isForTypes
  };
}

/** Code that imports what it does not name. */
const importsUnseen = perCell(({ source }) => ({
  isOpen:
    /\b(?:import_module|__import__|run_module|run_path|exec)[ \t]*\(|^[ \t]*%(?:run|load_ext|load)\b/m.test(
      source
    )
}));

/** Which modules are the notebook's own: they stand beside it, or a cell writes them. */
function localModules({
  code,
  siblings
}: INotebookAnalysis): (found: Found) => boolean {
  const own = new Set(
    siblings?.map(name => name.replace(/\.(?:py|pyx|ipynb|so|pyd)$/, ''))
  );
  let hasPath = false;
  for (const cell of code) {
    const { written, addsPath } = placesOf(cell);
    hasPath ||= addsPath;
    written.forEach(name => own.add(name));
  }
  const isUnsure = siblings === undefined || hasPath;
  return ({ top, isKnown }) =>
    own.has(top) ||
    // What a compiler of message formats makes.
    /_pb2(?:_grpc)?$/.test(top) ||
    (isUnsure && !isKnown);
}

/** Where a cell makes modules, or lets Python look for them. */
const placesOf = perCell(({ source, magic }) => ({
  written:
    magic && /^(?:writefile|file)$/.test(magic.name)
      ? modulesIn(source.slice(0, magic.to))
      : [],
  addsPath: /\bsys\.path\b|\bos\.chdir\b|^[ \t]*%cd\b|\bPYTHONPATH\b/m.test(
    source
  )
}));

/** The files of Python that a line names, and their directories. */
function modulesIn(line: string): string[] {
  return line
    .split(/\s+/)
    .filter(word => word.endsWith('.py'))
    .flatMap(path => path.slice(0, -3).split(/[\\/]/));
}

/** Whether a declared package brings a module that is imported, as far as one can tell. */
export function brings(
  declared: string,
  {
    distribution,
    module,
    isKnown
  }: Pick<IImportedPackage, 'distribution' | 'module' | 'isKnown'>
): boolean {
  const name = normaliseName(declared);
  const wanted = normaliseName(distribution);
  const imports = importNamesOf(declared);
  if (name === wanted || isImportedAs(module, imports)) {
    return true;
  }
  // A package that nobody knows may bring what nobody knows, or be another build of what is known.
  return (
    imports.length === 0 &&
    (!isKnown || name.startsWith(`${wanted}-`) || name.endsWith(`-${wanted}`))
  );
}

/** Whether a module is one of a package's, or a part of one. */
function isImportedAs(module: string, imports: ReadonlyArray<string>): boolean {
  return imports.some(name => module === name || module.startsWith(`${name}.`));
}

/** Whether a declared package brings a module of which nothing but the name is known, or what is below it. */
export function bringsModule(declared: string, module: string): boolean {
  const distribution = distributionOf(module);
  return (
    isImported(declared, new Set([module])) === true ||
    brings(declared, {
      distribution: distribution ?? module.split('.')[0],
      module,
      isKnown: distribution !== undefined
    })
  );
}

/** Whether some cell imports something of a package; undefined where nobody knows what it brings. */
export function isImported(
  declared: string,
  modules: ReadonlySet<string>
): boolean | undefined {
  const imports = importNamesOf(declared);
  if (imports.length === 0) {
    return undefined;
  }
  for (const module of modules) {
    // `import google` may use whatever is within.
    if (
      isImportedAs(module, imports) ||
      imports.some(name => name.startsWith(`${module}.`))
    ) {
      return true;
    }
  }
  return false;
}
