import { brings, importedPackages } from '../analysis/imported-packages';
import type { IImportedPackage } from '../analysis/imported-packages';
import { declareImport, isOnIndex } from '../fixes/imports-cell';
import { misspeltEntries } from '../fixes/misspelt';
import { lastListOf, namesIn } from '../fixes/requirements-list';
import { normaliseName } from '../requirements/pep508';
import type { IRule } from './rule';
import { quote } from './text';

export const importUndeclared: IRule = {
  code: 'SLP109',
  name: 'import-undeclared',
  severity: 'warning',
  summary: 'A cell imports a package that `requirements` does not have.',
  *check(notebook) {
    // Where there is no list, or none that can be read, that is what is wrong.
    const list = lastListOf(notebook);
    if (!list) {
      return;
    }
    const declared = [...namesIn(list)];
    // What is meant by another name is that name's fault.
    const meant = new Set(
      misspeltEntries(notebook).map(entry => normaliseName(entry.meant))
    );
    for (const found of importedPackages(notebook).packages) {
      // A module of one place only, and asked for there only.
      const isSettled = found.need === 'guarded' && !isOnIndex(found);
      if (
        !isSettled &&
        !meant.has(normaliseName(found.distribution)) &&
        !declared.some(name => brings(name, found))
      ) {
        const { cell, from, to, need } = found;
        yield {
          message: sentence(found, cell.source.slice(from, to)),
          severity: need === 'always' ? 'warning' : 'hint',
          cellIndex: cell.index,
          range: { from, to },
          fixes: declareImport(notebook, found)
        };
      }
    }
  }
};

function sentence(found: IImportedPackage, text: string): string {
  const { distribution, isKnown, need } = found;
  const module = quote(text);
  const name = quote(distribution);
  if (!isOnIndex(found)) {
    return `${module} is no package that can be installed: a deployment does not have it. Do without it, or import it in a \`try\`.`;
  } else if (need === 'build') {
    return `${module} is there while the cells run, but the service has it only if \`requirements\` does. Add ${name} if \`predictor\` uses it.`;
  } else if (need === 'guarded') {
    return `${module} is imported if it is there, and without ${name} in \`requirements\` it need not be. Add it if it matters.`;
  }
  if (!isKnown) {
    return `Nothing in \`requirements\` is known to bring ${module}. Add the package that does, probably ${name}, or put the module's file beside the notebook.`;
  }
  const [top] = found.module.split('.');
  const what = normaliseName(top) === normaliseName(distribution) ? 'it' : name;
  return `${quote(top)} is imported here, and \`requirements\` does not have ${what}. Add it with its version: what other packages happen to bring may change.`;
}
