import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IFixReport } from '../editor/fixes';
import type { SeverityCounts } from './problemGroups';
import { Sentence } from './ProblemCard';
import { SeverityMark } from './ProblemRow';
import { countWords } from './words';

/** Hints above which they are hidden until asked for. */
export const MANY_HINTS = 25;

/** How a notebook stands, at a glance. */
export function Verdict({
  counts,
  trans
}: {
  counts: SeverityCounts;
  trans: TranslationBundle;
}): JSX.Element {
  const kinds = (['error', 'warning', 'hint'] as const).filter(
    severity => counts[severity] > 0
  );
  return (
    <span
      className="jp-Slipway-verdict"
      data-verdict={counts.error ? 'errors' : 'ready'}
      role="status"
      aria-label={countWords(counts, trans)}
      title={countWords(counts, trans)}
    >
      {counts.error === 0 && (
        <span className="jp-Slipway-ready">{trans.__('ready to deploy')}</span>
      )}
      {kinds.map(severity => (
        <span key={severity} className="jp-Slipway-count">
          <SeverityMark severity={severity} trans={trans} />
          {counts[severity]}
        </span>
      ))}
    </span>
  );
}

interface IProblemToolsProps {
  counts: SeverityCounts;
  /** Whether some fix needs no decision. */
  hasSafe: boolean;
  isHintsShown: boolean;
  showHints: (isShown: boolean) => void;
  fixAll: () => void;
  report: IFixReport | undefined;
  /** Codes of rules that are switched off. */
  disabled: ReadonlyArray<string>;
  /** Where they are switched on again. */
  openSettings?: () => void;
  trans: TranslationBundle;
}

/** What concerns all problems: fixing them, hiding hints, and how the last fix went. */
export function ProblemTools(props: IProblemToolsProps): JSX.Element | null {
  const { counts, hasSafe, isHintsShown, report, trans } = props;
  return (
    <>
      {(hasSafe || counts.hint > 0) && (
        <div className="jp-Slipway-tools">
          {counts.hint > 0 && (
            <label className="jp-Slipway-quiet">
              <input
                type="checkbox"
                checked={isHintsShown}
                onChange={event => props.showHints(event.target.checked)}
              />
              {trans._n('%1 hint', '%1 hints', counts.hint)}
            </label>
          )}
          {hasSafe && (
            <button
              type="button"
              className="jp-Slipway-fix"
              title={trans.__('Apply every fix that needs no decision')}
              disabled={report?.state === 'asking'}
              onClick={props.fixAll}
            >
              {trans.__('Fix all')}
            </button>
          )}
        </div>
      )}
      {props.disabled.length > 0 && props.openSettings && (
        <button
          type="button"
          className="jp-Slipway-link jp-Slipway-off"
          title={trans.__(
            'Open the settings, where %1 can be switched on again',
            props.disabled.join(', ')
          )}
          onClick={props.openSettings}
        >
          {trans._n(
            '%1 rule is switched off',
            '%1 rules are switched off',
            props.disabled.length
          )}
        </button>
      )}
      <div className="jp-Slipway-report" aria-live="polite">
        {report && (
          <span data-state={report.state}>
            <Sentence text={report.message} />{' '}
            {report.note && <Sentence text={`${report.note} `} />}
            {report.takeBack && (
              <button
                type="button"
                className="jp-Slipway-link"
                onClick={() => report.takeBack?.()}
              >
                {trans.__('Undo')}
              </button>
            )}
          </span>
        )}
      </div>
    </>
  );
}
