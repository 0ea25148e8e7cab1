import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, ToolbarButtonComponent } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IProblem } from '../contract';
import type { LintMonitor } from '../editor/lintMonitor';
import { slipwayIcon } from '../icons';
import { countSeverities } from './problemGroups';
import { countWords } from './words';

/** Problems that the tooltip names. */
const NAMED = 4;
const RANK = { error: 0, warning: 1, hint: 2 };

/** The button in a notebook's toolbar, with the number of errors that stop it. */
export class DeployButton extends ReactWidget {
  constructor(
    private readonly _notebook: NotebookPanel,
    private readonly _monitor: LintMonitor,
    private readonly _deploy: () => void,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-Slipway-deploy');
    _monitor.changed.connect(this._onChanged, this);
  }

  override dispose(): void {
    this._monitor.changed.disconnect(this._onChanged, this);
    super.dispose();
  }

  protected render(): JSX.Element {
    const problems = this._monitor.of(this._notebook)?.problems ?? [];
    const { error } = countSeverities(problems);
    const words = this._trans._n('%1 error', '%1 errors', error);
    return (
      <>
        <ToolbarButtonComponent
          icon={slipwayIcon}
          label={this._trans.__('Deploy as service')}
          tooltip={this._tooltip(problems)}
          onClick={this._deploy}
        />
        {error > 0 && (
          <span className="jp-Slipway-badge" role="img" aria-label={words}>
            {error > 99 ? '99+' : error}
          </span>
        )}
      </>
    );
  }

  private _tooltip(problems: ReadonlyArray<IProblem>): string {
    const trans = this._trans;
    const head = trans.__(
      'Check the notebook, build it and run its predictor as a service'
    );
    if (problems.length === 0) {
      return head;
    }
    const worst = [...problems]
      .sort((a, b) => RANK[a.severity] - RANK[b.severity])
      .slice(0, NAMED)
      .map(({ code, message }) => `${code} ${message.replace(/`/g, '')}`);
    const left = problems.length - worst.length;
    if (left > 0) {
      worst.push(trans._n('and %1 more', 'and %1 more', left));
    }
    return [
      trans.__(
        'Deploy as service: %1',
        countWords(countSeverities(problems), trans)
      ),
      ...worst
    ].join('\n');
  }

  private _onChanged(_: LintMonitor, lint: unknown): void {
    if (lint !== null && lint === this._monitor.of(this._notebook)) {
      this.update();
    }
  }
}
