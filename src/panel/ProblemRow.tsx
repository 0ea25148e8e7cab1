import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Severity } from '../contract';
import { RuleCode, Sentence } from './ProblemCard';
import type { IListedProblem } from './problemGroups';
import type { IProblemListActions } from './ProblemList';
import { severityWord } from './words';

interface IProblemRowProps {
  listed: IListedProblem;
  actions: IProblemListActions;
  isBusy: boolean;
  trans: TranslationBundle;
}

/** One problem of a cell: what is wrong, and the ways to the place, the rule and the fix. */
export function ProblemRow(props: IProblemRowProps): JSX.Element {
  const { listed, actions, isBusy, trans } = props;
  const { problem, line, isOfBuild } = listed;
  const { code, severity, message, cellIndex, fixes = [] } = problem;
  const hasPage = /^SLP[1-4]/.test(code);
  return (
    <li className="jp-Slipway-row" data-severity={severity} data-code={code}>
      <SeverityMark severity={severity} trans={trans} />
      <div className="jp-Slipway-rowBody">
        {cellIndex === undefined ? (
          <div className="jp-Slipway-rowMessage">
            <Sentence text={message} />
          </div>
        ) : (
          <button
            type="button"
            className="jp-Slipway-rowMessage jp-Slipway-rowJump"
            title={trans.__('Go to the place')}
            onClick={() => actions.goTo(problem)}
          >
            <Sentence text={message} />
          </button>
        )}
        {fixes.map(fix => (
          <button
            key={fix.title}
            type="button"
            className="jp-Slipway-fix"
            disabled={isBusy}
            onClick={() => actions.fix(problem, fix)}
          >
            {fix.title}
          </button>
        ))}
        <div className="jp-Slipway-rowFoot">
          <RuleCode code={code} explain={actions.explain} trans={trans} />
          {line !== undefined && <span>{trans.__('line %1', line)}</span>}
          {isOfBuild && <span>{trans.__('found by the build')}</span>}
          {hasPage && !isOfBuild && actions.disable && (
            <button
              type="button"
              className="jp-Slipway-link jp-Slipway-rowOff"
              title={trans.__('Switch rule %1 off in the settings', code)}
              onClick={() => actions.disable?.(code)}
            >
              {trans.__('Switch off')}
            </button>
          )}
        </div>
      </div>
    </li>
  );
}

/** A severity as a shape and a colour; its word is for screen readers. */
export function SeverityMark({
  severity,
  trans
}: {
  severity: Severity;
  trans: TranslationBundle;
}): JSX.Element {
  const word = severityWord(severity, trans);
  return (
    <span
      className="jp-Slipway-severity"
      data-severity={severity}
      role="img"
      aria-label={word}
      title={word}
    />
  );
}
