import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { DeploymentsClient } from '../deployments/client';
import type { IDeployment, IRelease, ReleaseState } from '../deployments/wire';

/** States of releases that were live, and are no more. */
const SERVED: ReadonlyArray<ReleaseState> = ['stopped', 'lost', 'replaced'];

interface IServiceActionsProps {
  deployment: IDeployment;
  /** The newest one. */
  release: IRelease;
  client: DeploymentsClient;
  /** Builds another release; undefined where the notebook is not at hand. */
  redeploy?: () => Promise<void>;
  /** Waits for what a button does, and tells where it fails. */
  act: (action: Promise<unknown>) => Promise<void>;
  trans: TranslationBundle;
}

/** What can be done with a whole deployment; while a release is built, that is to cancel it. */
export function ServiceActions(props: IServiceActionsProps): JSX.Element {
  const { deployment, release, client, redeploy, act, trans } = props;
  const remove = async () => {
    const { button } = await showDialog({
      title: trans.__('Remove %1?', deployment.name),
      body: trans.__(
        'Its service is ended, and its releases and logs are deleted. The notebook stays.'
      ),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Remove') })
      ],
      // What cannot be had back is not to be removed by a mere Enter.
      defaultButton: 0
    });
    if (button.accept) {
      await client.remove(deployment.name);
    }
  };
  const isRunning =
    release.state === 'building' || deployment.live !== undefined;
  const hasServed = deployment.releases.some(({ state }) =>
    SERVED.includes(state)
  );
  return (
    <div className="jp-Slipway-actions">
      {redeploy && release.state !== 'building' && (
        <button
          type="button"
          className="jp-Dialog-button jp-mod-styled jp-mod-reject"
          title={trans.__('Build a new release from the notebook as it is')}
          onClick={() => act(redeploy())}
        >
          {trans.__('Redeploy')}
        </button>
      )}
      {!isRunning && hasServed && (
        <button
          type="button"
          className="jp-Dialog-button jp-mod-styled jp-mod-reject"
          title={trans.__(
            'Serve again what served last, without running the notebook'
          )}
          onClick={() => act(client.start(deployment.name))}
        >
          {trans.__('Start')}
        </button>
      )}
      {isRunning && (
        <button
          type="button"
          className="jp-Dialog-button jp-mod-styled jp-mod-reject"
          onClick={() => act(client.stop(deployment.name))}
        >
          {release.state === 'building' ? trans.__('Cancel') : trans.__('Stop')}
        </button>
      )}
      <button
        type="button"
        className="jp-Dialog-button jp-mod-styled jp-mod-reject"
        onClick={() => act(remove())}
      >
        {trans.__('Remove…')}
      </button>
    </div>
  );
}
