import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { marksFactory } from '../editor/marks';
import { ISlipwayLint } from '../tokens';

/** Marks problems where they are, in the editors of cells. */
export const marksPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-slipway:marks',
  description: 'Marks problems in the cells of notebooks.',
  autoStart: true,
  requires: [ISlipwayLint, IEditorExtensionRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    lint: ISlipwayLint,
    extensions: IEditorExtensionRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_slipway');
    const { monitor, fixes, disable } = lint;
    extensions.addExtension({
      name: 'slipway-marks',
      factory: marksFactory(monitor, {
        fix: (where, problem, fix) => void fixes.apply(where, problem, fix),
        explain: code =>
          void app.commands.execute(CommandIDs.explainRule, { code }),
        disable,
        trans
      })
    });
  }
};
