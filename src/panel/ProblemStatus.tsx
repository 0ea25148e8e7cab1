import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import type { LintMonitor } from '../editor/lintMonitor';
import { countSeverities } from './problemGroups';
import { countWords } from './words';

/** The problems of the notebook in front, in the status bar. */
export class ProblemStatus extends ReactWidget {
  constructor(
    private readonly _monitor: LintMonitor,
    private readonly _open: () => void,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-Slipway-statusItem');
    _monitor.changed.connect(this._onChanged, this);
  }

  /** A notebook came to the front, or none is there any more. */
  get activeChanged(): ISignal<this, void> {
    return this._activeChanged;
  }

  override dispose(): void {
    this._monitor.changed.disconnect(this._onChanged, this);
    super.dispose();
  }

  protected render(): JSX.Element {
    const counts = countSeverities(this._monitor.problems);
    return (
      <button
        type="button"
        className="jp-Slipway-statusButton"
        title={this._trans.__('Show the problems of this notebook')}
        data-verdict={counts.error ? 'errors' : 'ready'}
        onClick={this._open}
      >
        {this._trans.__('Slipway: %1', this._words(counts))}
      </button>
    );
  }

  private _words(counts: ReturnType<typeof countSeverities>): string {
    const words = countWords(counts, this._trans);
    return words.charAt(0).toLowerCase() + words.slice(1);
  }

  private _onChanged(_: LintMonitor, lint: unknown): void {
    if (lint === null) {
      this._activeChanged.emit();
    }
    if (lint === null || lint === this._monitor.current) {
      this.update();
    }
  }

  private readonly _activeChanged = new Signal<this, void>(this);
}
