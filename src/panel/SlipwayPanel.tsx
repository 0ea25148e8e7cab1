import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { currentRelease } from '../deployments/model';
import type { ICellPlace, IDeployment } from '../deployments/wire';
import { slipwayIcon } from '../icons';
import { DeploymentCard } from './DeploymentCard';
import type { IRedeployChanges } from './DeploymentCard';
import type { PanelModel } from './model';
import { NotebookSection } from './NotebookSection';
import { Sentence } from './ProblemCard';
import type { IProblemListActions } from './ProblemList';

/** The side panel. It draws its model and hands every wish on. */
export class SlipwayPanel extends VDomRenderer<PanelModel> {
  constructor(
    model: PanelModel,
    private readonly _actions: SlipwayPanel.IActions,
    private readonly _trans: TranslationBundle
  ) {
    super(model);
    this.id = 'slipway-panel';
    this.title.icon = slipwayIcon;
    this.title.caption = _trans.__('Slipway: notebooks as services');
    this.addClass('jp-Slipway');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('Slipway'));
    model.stateChanged.connect(this._onState, this);
  }

  /** Scrolls to a deployment: its phases are what one waits for, and should its release fail, what it failed at. */
  showDeployment(name: string): void {
    this._awaited = name;
    this._scrollTo(name);
    this._onState();
  }

  override dispose(): void {
    this.model?.stateChanged.disconnect(this._onState, this);
    super.dispose();
  }

  /** What is found by a build is listed above the cards, and moves them away. */
  private _onState(): void {
    const name = this._awaited;
    const awaited = name && this.model?.deployments.model.get(name);
    const state = awaited && currentRelease(awaited)?.state;
    if (!name || state === 'building') {
      return;
    }
    this._awaited = undefined;
    if (state === 'failed') {
      this._scrollTo(name);
    }
  }

  private _scrollTo(name: string): void {
    // What has just come to be, such as a new card, is not drawn yet.
    this.onUpdateRequest(Widget.Msg.UpdateRequest);
    void this.renderPromise?.then(() => {
      const cards = this.node.querySelectorAll<HTMLElement>(
        '.jp-Slipway-deployment'
      );
      [...cards]
        .find(({ dataset }) => dataset.deployment === name)
        ?.scrollIntoView({ block: 'start', behavior: 'smooth' });
    });
  }

  /** Told when it comes to be seen, or is seen no more. */
  get seen(): ISignal<this, boolean> {
    return this._seen;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._seen.emit(this.isVisible);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._seen.emit(true);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._seen.emit(false);
  }

  protected render(): JSX.Element {
    const { model } = this;
    const trans = this._trans;
    const { stream, model: deployments } = model.deployments;
    return (
      <>
        <NotebookSection
          model={model}
          deploy={this._actions.deploy}
          deployCommit={this._actions.deployCommit}
          problemActions={this._actions.problems}
          fixAll={this._actions.fixAll}
          trans={trans}
        />
        <div className="jp-Slipway-list">
          <h2 className="jp-Slipway-heading">
            {trans.__('Services')}
            {deployments.isComplete && !stream.isConnected && (
              <span className="jp-Slipway-quiet" role="status">
                {trans.__('connecting…')}
              </span>
            )}
          </h2>
          {deployments.failure && (
            <div className="jp-Slipway-failure" role="alert">
              <Sentence text={deployments.failure} />
            </div>
          )}
          {model.list.map(deployment => (
            <DeploymentCard
              key={deployment.name}
              deployment={deployment}
              model={model}
              openNotebook={this._actions.openNotebook}
              redeploy={this._actions.redeploy}
              explain={this._actions.problems.explain}
              trans={trans}
            />
          ))}
          {model.list.length === 0 && !deployments.failure && (
            <p className="jp-Slipway-empty">
              {deployments.isComplete || stream.isConnected
                ? trans.__(
                    'No services yet. Open a notebook that declares requirements and a predictor, and press Deploy as service in its toolbar.'
                  )
                : trans.__('Asking the server for its services…')}
            </p>
          )}
        </div>
      </>
    );
  }

  /** The deployment whose release somebody waits for. */
  private _awaited: string | undefined;
  private readonly _seen = new Signal<this, boolean>(this);
}

export namespace SlipwayPanel {
  /** What the panel asks others to do. */
  export interface IActions {
    /** Deploys the notebook in front. */
    deploy: (anyway: boolean) => void;
    /** Deploys what the last commit holds of it. */
    deployCommit: () => Promise<void>;
    /** For the problems of the notebook in front. */
    problems: IProblemListActions;
    fixAll: () => void;
    /** Opens a notebook, at a cell if one is given. */
    openNotebook: (path: string, cell?: ICellPlace) => Promise<void>;
    /** Builds another release of a deployment from its notebook as it is now. */
    redeploy: (
      deployment: IDeployment,
      changes?: IRedeployChanges
    ) => Promise<void>;
  }
}
