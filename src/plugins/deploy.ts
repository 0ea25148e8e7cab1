import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandArguments, CommandIDs } from '../commands';
import { slipwayIcon } from '../icons';
import { DeployButton } from '../panel/DeployButton';
import { IDeployments, ISlipwayLint, ISlipwayPanel } from '../tokens';

/** The button, the menu entries and the palette entry: all run one command. */
export const deployPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-slipway:plugin',
  description: 'Deploys a notebook as a service.',
  autoStart: true,
  requires: [INotebookTracker, IDeployments, ISlipwayLint, ISlipwayPanel],
  optional: [
    IToolbarWidgetRegistry,
    ISettingRegistry,
    ICommandPalette,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    deployments: IDeployments,
    lint: ISlipwayLint,
    panel: ISlipwayPanel,
    toolbar: IToolbarWidgetRegistry | null,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_slipway');
    const settings = registry?.load(deployPlugin.id).catch(() => undefined);
    const find = (path: unknown): NotebookPanel | null =>
      typeof path === 'string'
        ? (tracker.find(notebook => notebook.context.path === path) ?? null)
        : tracker.currentWidget;

    const deploy = async (
      args: ReadonlyPartialJSONObject,
      lastCommit: boolean
    ) => {
      const notebook = find(args.path);
      if (!notebook) {
        return;
      }
      const { deployNotebook } = await import('../editor/deploy');
      await deployNotebook(notebook, {
        name: typeof args.name === 'string' ? args.name : undefined,
        anyway: args.anyway === true,
        sample: typeof args.sample === 'string' ? args.sample : undefined,
        acceptNondeterministic: args.acceptNondeterministic === true,
        engine: typeof args.engine === 'string' ? args.engine : undefined,
        keep: Array.isArray(args.keep) ? args.keep.map(String) : [],
        lastCommit,
        localPath: path => app.serviceManager.contents.localPath(path),
        settings: (await settings)?.composite ?? {},
        lint: shown => lint.monitor.of(shown)?.refresh() ?? [],
        source: shown => lint.monitor.of(shown)?.source,
        deployments,
        panel,
        trans
      });
    };

    app.commands.addCommand(CommandIDs.deployNotebook, {
      label: trans.__('Deploy as Service'),
      caption: trans.__(
        'Check the notebook, build it and run its predictor as a service'
      ),
      icon: slipwayIcon,
      describedBy: { args: CommandArguments.deployNotebook },
      isEnabled: args => find(args.path) !== null,
      execute: args => deploy(args, false)
    });
    app.commands.addCommand(CommandIDs.deployCommit, {
      label: trans.__('Deploy as Service from the Last Commit'),
      caption: trans.__(
        "Build the notebook as the last commit of its git repository holds it, and run that commit's predictor as a service"
      ),
      icon: slipwayIcon,
      describedBy: { args: CommandArguments.deployCommit },
      isEnabled: args => find(args.path) !== null,
      execute: args => deploy(args, true)
    });
    // Without this factory the toolbar makes a plain button for the command.
    toolbar?.addFactory<NotebookPanel>(
      'Notebook',
      'slipway-deploy',
      notebook =>
        new DeployButton(
          notebook,
          lint.monitor,
          () =>
            void app.commands.execute(CommandIDs.deployNotebook, {
              path: notebook.context.path
            }),
          trans
        )
    );
    palette?.addItem({
      command: CommandIDs.deployNotebook,
      category: trans.__('Notebook Operations')
    });
    palette?.addItem({
      command: CommandIDs.deployCommit,
      category: trans.__('Notebook Operations')
    });
    palette?.addItem({
      command: CommandIDs.showPanel,
      category: trans.__('Notebook Operations')
    });
    tracker.currentChanged.connect(() => {
      app.commands.notifyCommandChanged(CommandIDs.deployNotebook);
      app.commands.notifyCommandChanged(CommandIDs.deployCommit);
    }, deployPlugin);
  }
};
