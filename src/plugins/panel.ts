import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandArguments, CommandIDs } from '../commands';
import type { ICellPlace } from '../deployments/wire';
import { jumpToCell } from '../editor/jump';
import { NotebookSource } from '../editor/notebookSource';
import { goToProblem } from '../editor/navigation';
import { slipwayIcon } from '../icons';
import { FixNews } from '../panel/fixNews';
import { PanelModel } from '../panel/model';
import { SlipwayPanel } from '../panel/SlipwayPanel';
import { IDeployments, ISlipwayLint, ISlipwayPanel } from '../tokens';

/** The side panel on the right. */
export const panelPlugin: JupyterFrontEndPlugin<ISlipwayPanel> = {
  id: 'jupyterlab-slipway:panel',
  description: 'Shows deployments and the problems of the notebook in front.',
  autoStart: true,
  requires: [IDeployments, ISlipwayLint],
  optional: [ILayoutRestorer, ITranslator],
  provides: ISlipwayPanel,
  activate: (
    app: JupyterFrontEnd,
    deployments: IDeployments,
    lint: ISlipwayLint,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): ISlipwayPanel => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_slipway');
    const { contents } = app.serviceManager;
    const { monitor, fixes, disable } = lint;
    const source = new NotebookSource(monitor, deployments.client, contents);
    const model = new PanelModel(deployments, lint, source, path =>
      contents.localPath(path)
    );

    const open = async (path: string) => {
      const notebook = (await app.commands.execute('docmanager:open', {
        path
      })) as NotebookPanel | undefined;
      await notebook?.context.ready;
      return notebook;
    };
    const openNotebook = async (path: string, place?: ICellPlace) => {
      const notebook = await open(path);
      if (!notebook || !place) {
        return;
      }
      await notebook.revealed;
      await jumpToCell(notebook, {
        id: place.id,
        index: place.index - 1,
        line: place.line
      });
    };

    const openSettings = () =>
      void app.commands.execute('settingeditor:open', {
        query: trans.__('Slipway')
      });
    const panel = new SlipwayPanel(
      model,
      {
        deploy: anyway =>
          void app.commands.execute(CommandIDs.deployNotebook, { anyway }),
        deployCommit: () => app.commands.execute(CommandIDs.deployCommit),
        problems: {
          goTo: problem => {
            if (monitor.panel) {
              app.shell.activateById(monitor.panel.id);
              void goToProblem(monitor.panel, problem);
            }
          },
          explain: code =>
            void app.commands.execute(CommandIDs.explainRule, { code }),
          fix: (problem, fix) => {
            if (monitor.current) {
              void fixes.apply(monitor.current, problem, fix);
            }
          },
          disable,
          openSettings: disable && openSettings
        },
        fixAll: () => void app.commands.execute(CommandIDs.fixAll),
        openNotebook,
        redeploy: async ({ name, notebook }, changes) => {
          const opened = await open(notebook);
          if (opened) {
            await app.commands.execute(CommandIDs.deployNotebook, {
              path: opened.context.path,
              name,
              engine: '',
              acceptNondeterministic: changes?.acceptNondeterministic ?? false,
              keep: changes?.keep ?? []
            });
          }
        }
      },
      trans
    );
    panel.seen.connect((_, isSeen) => {
      source.isSeen = isSeen;
    });
    // Somebody who comes from a terminal may have committed in it.
    app.shell.currentChanged?.connect(source.look);
    const news = new FixNews(fixes, () => panel.isVisible);
    panel.disposed.connect(() => {
      news.dispose();
      source.dispose();
    });
    app.shell.add(panel, 'right', { rank: 600 });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(CommandIDs.showPanel, {
      label: trans.__('Show Slipway Services'),
      icon: slipwayIcon,
      describedBy: { args: CommandArguments.none },
      execute: () => app.shell.activateById(panel.id)
    });

    return {
      reveal: name => {
        if (name) {
          model.setOpen(name, true);
        }
        app.shell.activateById(panel.id);
        if (name) {
          panel.showDeployment(name);
        }
      },
      sampleFor: path => model.sampleFor(path),
      refuse: (path, refusal) => model.refuse(path, refusal),
      stop: path => model.stop(path),
      accept: path => model.refuse(path, null)
    };
  }
};
