import { misspeltEntries } from '../fixes/misspelt';
import type { IRule } from './rule';
import { quote } from './text';

export const requirementMisspelt: IRule = {
  code: 'SLP116',
  name: 'requirement-misspelt',
  severity: 'warning',
  summary: 'A requirement names a module, or misspells a package.',
  *check(notebook) {
    for (const found of misspeltEntries(notebook)) {
      const { name, meant, isModule, cellIndex, range, fixes } = found;
      yield {
        message: isModule
          ? `${quote(name)} is the name of a module; the package that brings it is ${quote(meant)}. Write that name.`
          : `No package is known as ${quote(name)}; did you mean ${quote(meant)}, which is imported? Correct the name.`,
        cellIndex,
        range,
        fixes
      };
    }
  }
};
