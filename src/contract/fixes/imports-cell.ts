/** Requirements made from what the cells import. */

import { importedPackages } from '../analysis/imported-packages';
import type { IImportedPackage } from '../analysis/imported-packages';
import type { INotebookAnalysis } from '../analysis/notebook';
import type { IFix, IWantedPackage } from '../types';
import { addRequirement, canAddRequirement } from './requirements-list';
import { pinsOf } from './requirements-text';

/** Modules that are there in one place only, and on no index. */
const NOWHERE = /^(?:google\.colab|kaggle_secrets|kaggle_datasets|dbutils)\b/;

export function isOnIndex({ module }: IImportedPackage): boolean {
  return !NOWHERE.test(module);
}

/** A cell that declares all that is imported, with the versions of the kernel. */
export function declareImports(notebook: INotebookAnalysis): IFix {
  const wanted = importedPackages(notebook)
    .packages.filter(found => found.need === 'always' && isOnIndex(found))
    .map(asWanted);
  return requirementsFix(
    wanted.length
      ? 'Add requirements made from the imports'
      : 'Add an empty list of requirements',
    notebook,
    wanted
  );
}

/** One entry for a package that is imported; none where the list cannot be read. */
export function declareImport(
  notebook: INotebookAnalysis,
  found: IImportedPackage
): IFix[] {
  return isOnIndex(found) && canAddRequirement(notebook)
    ? [
        requirementsFix(
          `Add ${found.distribution} to requirements`,
          notebook,
          [asWanted(found)],
          // What the notebook does without is for its author to decide.
          found.need === 'always'
        )
      ]
    : [];
}

function asWanted({ distribution, module }: IImportedPackage): IWantedPackage {
  const [top] = module.split('.');
  return { name: distribution, module: top };
}

function requirementsFix(
  title: string,
  notebook: INotebookAnalysis,
  packages: ReadonlyArray<IWantedPackage>,
  safe = true
): IFix {
  return {
    title,
    safe,
    needs: packages.length ? { from: 'kernel', packages } : undefined,
    edits: found => addRequirement(notebook, pinsOf(packages, found))
  };
}
