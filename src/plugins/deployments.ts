import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { DeploymentsClient } from '../deployments/client';
import { DeploymentsModel } from '../deployments/model';
import { EventStream } from '../deployments/stream';
import { IDeployments } from '../tokens';

/** Knows all deployments and keeps up with the server. */
export const deploymentsPlugin: JupyterFrontEndPlugin<IDeployments> = {
  id: 'jupyterlab-slipway:deployments',
  description: 'Keeps the deployments as the server tells of them.',
  autoStart: true,
  provides: IDeployments,
  activate: (app: JupyterFrontEnd): IDeployments => {
    const { serverSettings } = app.serviceManager;
    const model = new DeploymentsModel();
    const stream = new EventStream({
      serverSettings,
      cursor: () => model.cursor(),
      receive: message => model.receive(message)
    });
    void app.restored.then(() => stream.open());
    return { model, client: new DeploymentsClient(serverSettings), stream };
  }
};
