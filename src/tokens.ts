import { Token } from '@lumino/coreutils';
import type { DeploymentsClient } from './deployments/client';
import type { Engines } from './deployments/engines';
import type { DeploymentsModel } from './deployments/model';
import type { EventStream } from './deployments/stream';
import type { Fixes } from './editor/fixes';
import type { LintMonitor } from './editor/lintMonitor';

/** What the rest of the front end knows of deployments, and how it acts on them. */
export interface IDeployments {
  readonly model: DeploymentsModel;
  readonly client: DeploymentsClient;
  readonly stream: EventStream;
  readonly engines: Engines;
}

export const IDeployments = new Token<IDeployments>(
  'jupyterlab-slipway:IDeployments',
  'The deployments of notebooks as services: their state, and requests to the server about them.'
);

/** What the lint finds in the open notebooks, and what can be done about it. */
export interface ISlipwayLint {
  readonly monitor: LintMonitor;
  readonly fixes: Fixes;
  /** Switches a rule off in the settings; undefined where there are none. */
  readonly disable?: (code: string) => void;
}

export const ISlipwayLint = new Token<ISlipwayLint>(
  'jupyterlab-slipway:ISlipwayLint',
  'The problems of the open notebooks, as one types, and the fixes for them.'
);

/** What the side panel is told by the deploy command. */
export interface ISlipwayPanel {
  /** Shows the panel, with a deployment opened if one is named. */
  reveal(deployment?: string): void;
  /** The sample that the user typed for a notebook; undefined where there is none. */
  sampleFor(path: string): string | undefined;
  /** Shows why a notebook was not deployed. */
  refuse(path: string, problem: IRefusal): void;
  /** Shows that a press of the button deployed nothing, since the lint finds errors. */
  stop(path: string): void;
  /** Takes back what `refuse` showed. */
  accept(path: string): void;
}

/** Why the server, or the saving of the notebook, refused a deployment. */
export interface IRefusal {
  code: string;
  message: string;
}

export const ISlipwayPanel = new Token<ISlipwayPanel>(
  'jupyterlab-slipway:ISlipwayPanel',
  'The side panel with deployments and the problems of the notebook in front.'
);
