import { nullTranslator } from '@jupyterlab/translation';
import { VDomModel } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { DeploymentsModel } from '../deployments/model';
import type { IDeployment, ReleaseState } from '../deployments/wire';
import type { PanelModel } from '../panel/model';
import { SlipwayPanel } from '../panel/SlipwayPanel';
import { deploymentOf, release } from './deployment-fixtures';

/** The panel, of whose cards there is nothing but the frame. */
class Frames extends SlipwayPanel {
  protected override render(): JSX.Element {
    return (
      <>
        {this.model.deployments.model.deployments.map(({ name }) => (
          <div
            key={name}
            className="jp-Slipway-deployment"
            data-deployment={name}
          />
        ))}
      </>
    );
  }
}

const deployment = (name: string, state: ReleaseState): IDeployment =>
  deploymentOf([release(1, state)], {
    name,
    title: name,
    notebook: `${name}.ipynb`
  });

describe('SlipwayPanel', () => {
  const scrolled: (string | undefined)[] = [];
  let deployments: DeploymentsModel;
  let panel: SlipwayPanel;

  /** What the server tells of, and what the panel scrolls to then. */
  const tell = (name: string, state: ReleaseState) => {
    deployments.update(deployment(name, state));
    return settled();
  };
  const settled = async () => {
    await new Promise(resolve => setTimeout(resolve, 20));
    return scrolled.splice(0);
  };

  beforeEach(() => {
    Element.prototype.scrollIntoView = function (this: HTMLElement) {
      scrolled.push(this.dataset.deployment);
    };
    deployments = new DeploymentsModel();
    const model = new VDomModel();
    deployments.changed.connect(() => model.stateChanged.emit());
    Object.assign(model, { deployments: { model: deployments } });
    panel = new Frames(
      model as unknown as PanelModel,
      {} as SlipwayPanel.IActions,
      nullTranslator.load('jupyterlab_slipway')
    );
    Widget.attach(panel, document.body);
  });

  afterEach(() => {
    panel.dispose();
    deployments.dispose();
    Reflect.deleteProperty(Element.prototype, 'scrollIntoView');
  });

  it('scrolls to a card that has just come to be', async () => {
    deployments.update(deployment('a', 'building'));
    panel.showDeployment('a');
    expect(await settled()).toEqual(['a']);
  });

  it('scrolls again to what fails, once, and to nothing else', async () => {
    deployments.update(deployment('a', 'building'));
    panel.showDeployment('a');
    await settled();
    expect(await tell('b', 'failed')).toEqual([]);
    expect(await tell('a', 'building')).toEqual([]);
    expect(await tell('a', 'failed')).toEqual(['a']);
    expect(await tell('a', 'failed')).toEqual([]);
  });

  it('stays where it is when all goes well', async () => {
    deployments.update(deployment('a', 'building'));
    panel.showDeployment('a');
    await settled();
    expect(await tell('a', 'live')).toEqual([]);
    expect(await tell('a', 'failed')).toEqual([]);
  });
});
