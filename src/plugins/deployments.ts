import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DeploymentsClient } from '../deployments/client';
import { Engines } from '../deployments/engines';
import { DeploymentsModel } from '../deployments/model';
import { EventStream } from '../deployments/stream';
import { IDeployments } from '../tokens';

/** The settings are those of the plugin that the schema is named after. */
const SETTINGS = 'jupyterlab-slipway:plugin';

/** Knows all deployments and keeps up with the server. */
export const deploymentsPlugin: JupyterFrontEndPlugin<IDeployments> = {
  id: 'jupyterlab-slipway:deployments',
  description: 'Keeps the deployments as the server tells of them.',
  autoStart: true,
  provides: IDeployments,
  optional: [ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): IDeployments => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_slipway');
    const { serverSettings } = app.serviceManager;
    const model = new DeploymentsModel();
    const client = new DeploymentsClient(serverSettings);
    // A browser does not say why a WebSocket failed; a plain request does.
    const ask = async () => {
      try {
        (await client.list()).forEach(deployment => model.update(deployment));
        model.failure = trans.__(
          'The Jupyter server answers, but passes on no events. If there is a proxy in front of it, let it pass on WebSockets; until then, reload the page to see what is new.'
        );
      } catch (error) {
        model.failure = error instanceof Error ? error.message : String(error);
      }
    };
    const stream = new EventStream({
      serverSettings,
      cursor: () => model.cursor(),
      receive: message => model.receive(message),
      refused: () => void ask()
    });
    void app.restored.then(() => stream.open());
    const engines = new Engines(client);
    void registry?.load(SETTINGS).then(
      settings =>
        engines.remember({
          read: () => engineIn(settings.composite.engine),
          write: name =>
            name ? settings.set('engine', name) : settings.remove('engine'),
          changed: settings.changed
        }),
      // Without settings a choice holds as long as the page.
      () => undefined
    );
    return { model, client, stream, engines };
  }
};

function engineIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
