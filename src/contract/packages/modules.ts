/** Which distribution brings a module, and which modules a distribution brings, as far as the table knows. */

import { normaliseName } from '../requirements/pep508';
import table from './import-names.json';

interface IImportNames {
  /** Module, in dots below a namespace → the distribution as one writes it. */
  distributions: ReadonlyMap<string, string>;
  /** Normalised name of a distribution → its modules. */
  modules: ReadonlyMap<string, ReadonlyArray<string>>;
  standardLibrary: ReadonlySet<string>;
}

let known: IImportNames | undefined;

/**
 * What to declare for `import module`: by the longest name that is known, since several distributions may share
 * the names above (`google.cloud.storage`). Undefined where none is known, as for a bare `google`.
 *
 * `from google.cloud import storage` has to be asked for as `google.cloud.storage`.
 */
export function distributionOf(module: string): string | undefined {
  const { distributions } = names();
  let name = module;
  while (name) {
    const found = distributions.get(name);
    if (found !== undefined) {
      return found;
    }
    name = name.slice(0, Math.max(name.lastIndexOf('.'), 0));
  }
  return undefined;
}

/** Whether some Python from 3.6 on has it, also one that later Pythons no longer have. */
export function isStandardLibrary(module: string): boolean {
  return names().standardLibrary.has(module.split('.', 1)[0]);
}

/** What one may import of a distribution, in order; empty where it is not known. */
export function importNamesOf(distribution: string): string[] {
  return [...(names().modules.get(normaliseName(distribution)) ?? [])];
}

function names(): IImportNames {
  known ??= read();
  return known;
}

function read(): IImportNames {
  const distributions = new Map<string, string>([
    ...words(table.same).map((module): [string, string] => [
      module,
      normaliseName(module)
    ]),
    ...Object.entries(table.modules)
  ]);
  const modules = new Map<string, string[]>();
  const enter = (distribution: string, module: string): void => {
    const name = normaliseName(distribution);
    modules.set(name, [...(modules.get(name) ?? []), module].sort());
  };
  distributions.forEach(enter);
  for (const [distribution, brought] of Object.entries(table.others)) {
    brought.split(' ').forEach(module => enter(distribution, module));
  }
  return {
    distributions,
    modules,
    standardLibrary: new Set(words(table.standardLibrary))
  };
}

/** The lines of the table hold many names each. */
function words(lines: ReadonlyArray<string>): string[] {
  return lines.flatMap(line => line.split(' '));
}
