import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandArguments, CommandIDs } from '../commands';

/** Shows what a rule is about. */
export const rulesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-slipway:rules',
  description: 'Shows the pages of the rules.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_slipway');
    const open = new Map<string, MainAreaWidget>();
    const explain = async (code: string) => {
      let widget = open.get(code);
      if (!widget || widget.isDisposed) {
        const { rulePageWidget } = await import('../editor/rulePages');
        widget = await rulePageWidget(
          code,
          rendermime,
          other => void explain(other),
          trans
        );
        const other = [...open.values()].find(one => !one.isDisposed);
        open.set(code, widget);
        // Beside the notebook; all pages in one place.
        app.shell.add(
          widget,
          'main',
          other ? { mode: 'tab-after', ref: other.id } : { mode: 'split-right' }
        );
      }
      app.shell.activateById(widget.id);
    };
    app.commands.addCommand(CommandIDs.explainRule, {
      label: args => trans.__('Explain Rule %1', String(args.code ?? '')),
      describedBy: { args: CommandArguments.explainRule },
      isVisible: args => typeof args.code === 'string',
      execute: args =>
        typeof args.code === 'string' ? explain(args.code) : undefined
    });
  }
};
