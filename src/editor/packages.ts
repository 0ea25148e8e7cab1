/** Answers to what fixes have to know: which packages are there, in which version. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type {
  FoundPackages,
  IFix,
  IFixNeeds,
  IFoundPackage,
  IWantedPackage
} from '../contract';
import { askKernel } from './kernelPackages';
import type { NotebookLint } from './notebookLint';

/** Where versions come from, besides the notebook's kernel. */
export interface IPackageSources {
  /** The newest versions on the package index that install on a Python (`3.11`), by the names asked. */
  index(
    names: ReadonlyArray<string>,
    python: string | undefined
  ): Promise<FoundPackages>;
}

/** All that was asked for the fixes of one notebook. */
export class Findings {
  constructor(
    private readonly _sources: IPackageSources,
    private readonly _lint: NotebookLint
  ) {}

  /** Whether all of it was asked; answers there need not be. */
  hasAsked({ from, packages }: IFixNeeds): boolean {
    return packages.every(({ name }) => this._asked[from].has(name));
  }

  /** What a fix wanted to know. */
  of({ needs }: IFix): FoundPackages {
    return needs ? this._found[needs.from] : new Map();
  }

  /** What a fix wanted of the kernel, and the index had to tell. */
  notInstalled(all: ReadonlyArray<IFixNeeds>): IFoundPackage[] {
    const names = all
      .filter(({ from }) => from === 'kernel')
      .flatMap(({ packages }) => packages.map(({ name }) => name));
    return [...new Set(names)].flatMap(name =>
      this._notInstalled.has(name) ? this._found.kernel.get(name)! : []
    );
  }

  /** Asks for what was not asked before; what the kernel does not have, the index is asked for. */
  async ask(all: ReadonlyArray<IFixNeeds>): Promise<void> {
    const installed = this._new(all, 'kernel');
    if (installed.length > 0) {
      const { kernel } = this._lint.context.sessionContext.session ?? {};
      keep(this._found.kernel, await askKernel(kernel, installed));
    }
    const unknown = installed.filter(
      ({ name }) => !this._found.kernel.has(name)
    );
    const wanted = [...unknown, ...this._new(all, 'index')];
    const names = [...new Set(wanted.map(({ name }) => name))];
    if (names.length > 0) {
      const python = /^\d+\.\d+/.exec(this._lint.source.languageVersion ?? '');
      const found = await this._sources.index(names, python?.[0]);
      keep(this._found.index, found);
      for (const { name } of unknown) {
        keep(this._found.kernel, found, name);
        if (found.has(name)) {
          this._notInstalled.add(name);
        }
      }
    }
  }

  /** Why a fix changed nothing. */
  failure({ needs }: IFix, trans: TranslationBundle): string {
    const names = (needs?.packages ?? [])
      .map(({ name }) => name)
      .filter(name => !this._found[needs!.from].has(name));
    return names.length === 0
      ? trans.__('There is nothing to change any more.')
      : trans.__(
          'Neither the kernel nor the package index knows a version of %1.',
          names.join(', ')
        );
  }

  private _new(
    all: ReadonlyArray<IFixNeeds>,
    from: IFixNeeds['from']
  ): IWantedPackage[] {
    const asked = this._asked[from];
    return all
      .filter(needs => needs.from === from)
      .flatMap(({ packages }) => packages)
      .filter(({ name }) => !asked.has(name) && asked.add(name));
  }

  private readonly _notInstalled = new Set<string>();
  private readonly _asked = {
    kernel: new Set<string>(),
    index: new Set<string>()
  };
  private readonly _found = {
    kernel: new Map<string, IFoundPackage>(),
    index: new Map<string, IFoundPackage>()
  };
}

function keep(
  into: Map<string, IFoundPackage>,
  found: FoundPackages,
  only?: string
): void {
  for (const [name, one] of found) {
    if (only === undefined || only === name) {
      into.set(name, one);
    }
  }
}
