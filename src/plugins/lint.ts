import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DeploymentsClient } from '../deployments/client';
import { Fixes } from '../editor/fixes';
import { jumpToEdits } from '../editor/jump';
import { LintMonitor } from '../editor/lintMonitor';
import { ISlipwayLint } from '../tokens';

/** The settings are those of the plugin that the schema is named after. */
const SETTINGS = 'jupyterlab-slipway:plugin';

/** Lints all open notebooks as one types. */
export const lintPlugin: JupyterFrontEndPlugin<ISlipwayLint> = {
  id: 'jupyterlab-slipway:lint',
  description: 'Finds the problems of the open notebooks, and fixes them.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry, ITranslator],
  provides: ISlipwayLint,
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): ISlipwayLint => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_slipway');
    const { contents, serverSettings } = app.serviceManager;
    const monitor = new LintMonitor(tracker, contents);
    const client = new DeploymentsClient(serverSettings);
    const fixes = new Fixes(
      { index: (names, python) => client.packages(names, python) },
      (lint, done) => void jumpToEdits(tracker, lint, done),
      trans
    );
    if (!registry) {
      return { monitor, fixes };
    }

    const loaded = registry.load(SETTINGS).catch(() => undefined);
    void loaded.then(settings => {
      const read = () => {
        monitor.disabled = codesIn(settings?.composite.disabledRules);
      };
      settings?.changed.connect(read, lintPlugin);
      read();
    });
    const disable = async (code: string) => {
      const settings = await loaded;
      const codes = new Set([...monitor.disabled, code]);
      await settings?.set('disabledRules', [...codes].sort());
    };
    return { monitor, fixes, disable: code => void disable(code) };
  }
};

function codesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
