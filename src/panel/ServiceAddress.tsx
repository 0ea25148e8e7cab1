import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { DeploymentsClient } from '../deployments/client';
import type { IAccess, IDeployment } from '../deployments/wire';
import { CopyButton } from './CopyButton';

interface IServiceAddressProps {
  deployment: IDeployment;
  client: DeploymentsClient;
  trans: TranslationBundle;
}

/**
 * Where a live service answers, a command to try it, and its API to read. The token is shown masked and copied
 * whole.
 */
export function ServiceAddress({
  deployment,
  client,
  trans
}: IServiceAddressProps): JSX.Element | null {
  const { name, url, live } = deployment;
  const [access, setAccess] = React.useState<IAccess | null>(null);
  const [failure, setFailure] = React.useState('');
  React.useEffect(() => {
    let isCurrent = true;
    setAccess(null);
    setFailure('');
    client.access(name).then(
      found => isCurrent && setAccess(found),
      error => isCurrent && setFailure(String(error.message))
    );
    return () => {
      isCurrent = false;
    };
  }, [client, name, url, live]);
  if (!url) {
    return null;
  }
  return (
    <div className="jp-Slipway-service">
      <div className="jp-Slipway-copyRow">
        <code className="jp-Slipway-url">{`${url}/predict`}</code>
        <CopyButton
          label={trans.__('Copy the URL')}
          text={() => `${url}/predict`}
        />
      </div>
      {access && (
        <div className="jp-Slipway-copyRow">
          <code className="jp-Slipway-curl">
            {access.curl.split(access.token).join('••••••')}
          </code>
          <CopyButton
            label={trans.__('Copy the command, with its token')}
            text={() => access.curl}
          />
        </div>
      )}
      {access && (
        <button
          type="button"
          className="jp-Slipway-link jp-Slipway-docs"
          title={trans.__(
            'What the service takes and answers, to read and to try, in a new tab'
          )}
          onClick={() =>
            // A button: the address of a link would show the token.
            window.open(access.docs, '_blank', 'noopener,noreferrer')
          }
        >
          {trans.__('API docs')}
        </button>
      )}
      {failure && <div className="jp-Slipway-quiet">{failure}</div>}
    </div>
  );
}
