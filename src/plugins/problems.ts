import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandArguments, CommandIDs } from '../commands';
import {
  chooseFix,
  fixesHere,
  goToNextProblem,
  isPlain
} from '../editor/navigation';
import { ProblemStatus } from '../panel/ProblemStatus';
import { ISlipwayLint } from '../tokens';

/** Milliseconds for which it is told that there is nothing to do. */
const NEWS = 4000;

/** The ways to problems and fixes without a mouse, and their number in the status bar. */
export const problemsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-slipway:problems',
  description: 'Commands that lead from problem to problem and fix them.',
  autoStart: true,
  requires: [ISlipwayLint],
  optional: [ICommandPalette, IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    lint: ISlipwayLint,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_slipway');
    const { monitor, fixes } = lint;
    const go = async (direction: 1 | -1) => {
      const { panel, current } = monitor;
      if (!panel || !current) {
        return;
      }
      const found = await goToNextProblem(panel, current, direction);
      if (!found && current.problems.length > 0) {
        // No cell of code is there to show it at.
        await app.commands.execute(CommandIDs.showPanel);
      } else if (!found) {
        tell(trans.__('There are no problems in this notebook.'));
      }
    };
    const tell = (message: string) =>
      void Notification.info(message, { autoClose: NEWS });
    const isEnabled = () => monitor.current !== undefined;
    const describedBy = { args: CommandArguments.none };

    app.commands.addCommand(CommandIDs.nextProblem, {
      label: trans.__('Go to Next Problem'),
      describedBy,
      isEnabled,
      execute: () => go(1)
    });
    app.commands.addCommand(CommandIDs.previousProblem, {
      label: trans.__('Go to Previous Problem'),
      describedBy,
      isEnabled,
      execute: () => go(-1)
    });
    app.commands.addCommand(CommandIDs.fixProblem, {
      label: trans.__('Fix Problem'),
      caption: trans.__('Apply a fix for the problem at the cursor'),
      describedBy,
      isEnabled,
      execute: async () => {
        const { panel, current } = monitor;
        if (!panel || !current) {
          return;
        }
        const hand = fixesHere(panel, current);
        if (hand.fixes.length === 0) {
          tell(
            hand.without
              ? trans.__('There is no fix for %1.', hand.without.code)
              : trans.__('There is nothing to fix here.')
          );
        } else if (isPlain(hand)) {
          const [{ problem, fix }] = hand.fixes;
          await fixes.apply(current, problem, fix);
        } else {
          chooseFix(
            panel,
            hand,
            (problem, fix) => void fixes.apply(current, problem, fix),
            trans
          );
        }
      }
    });
    app.commands.addCommand(CommandIDs.fixAll, {
      label: trans.__('Fix All Problems'),
      caption: trans.__('Apply every fix that needs no decision'),
      describedBy,
      isEnabled,
      execute: async () => {
        if (monitor.current) {
          await fixes.applySafe(monitor.current);
        }
      }
    });
    const category = trans.__('Notebook Operations');
    for (const command of [
      CommandIDs.nextProblem,
      CommandIDs.previousProblem,
      CommandIDs.fixProblem,
      CommandIDs.fixAll
    ]) {
      palette?.addItem({ command, category });
    }
    const status = new ProblemStatus(
      monitor,
      () => void app.commands.execute(CommandIDs.showPanel),
      trans
    );
    statusBar?.registerStatusItem('jupyterlab-slipway:problems', {
      item: status,
      align: 'left',
      rank: 3,
      isActive: () => monitor.panel !== null,
      activeStateChanged: status.activeChanged
    });
  }
};
