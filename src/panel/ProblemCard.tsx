import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Severity } from '../deployments/wire';
import { AnsiText } from './AnsiText';

interface IProblemCardProps {
  code: string;
  severity: Severity;
  message: string;
  /** The cell's position, counted from 1. */
  cell?: number;
  line?: number;
  /** The text of that line. */
  source?: string;
  traceback?: string;
  goTo?: () => void;
  /** Opens the page of a rule. */
  explain?: (code: string) => void;
  trans: TranslationBundle;
}

/** One problem: its sentence, its place, and the way there. */
export function ProblemCard(props: IProblemCardProps): JSX.Element {
  const { code, severity, message, cell, line, source, traceback } = props;
  const { goTo, explain, trans } = props;
  const place =
    cell === undefined
      ? ''
      : line === undefined
        ? trans.__('Cell %1', cell)
        : trans.__('Cell %1, line %2', cell, line);
  return (
    <div
      className="jp-Slipway-problem"
      data-severity={severity}
      role={severity === 'error' ? 'alert' : undefined}
    >
      <div className="jp-Slipway-problemMessage">
        <Sentence text={message} />
      </div>
      {source?.trim() && (
        <code className="jp-Slipway-problemSource">{source.trim()}</code>
      )}
      <div className="jp-Slipway-problemPlace">
        <RuleCode code={code} explain={explain} trans={trans} />
        {place && goTo ? (
          <button
            type="button"
            className="jp-Slipway-link"
            title={trans.__('Go to the cell')}
            onClick={goTo}
          >
            {place}
          </button>
        ) : (
          <span>{place}</span>
        )}
      </div>
      {traceback && (
        <details className="jp-Slipway-details">
          <summary>{trans.__('Traceback')}</summary>
          <pre className="jp-Slipway-traceback">
            {traceback.split('\n').map((text, index) => (
              <React.Fragment key={index}>
                <AnsiText text={text} />
                {'\n'}
              </React.Fragment>
            ))}
          </pre>
        </details>
      )}
    </div>
  );
}

/** A code, which leads to the page of its rule where it has one. */
export function RuleCode({
  code,
  explain,
  trans
}: {
  code: string;
  explain?: (code: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  return explain && /^SLP[1-4]/.test(code) ? (
    <button
      type="button"
      className="jp-Slipway-link"
      title={trans.__('What this rule is about')}
      onClick={() => explain(code)}
    >
      {code}
    </button>
  ) : (
    <span className="jp-Slipway-code">{code}</span>
  );
}

/** A sentence in which names stand in backquotes. */
export function Sentence({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text
        .split('`')
        .map((part, index) =>
          index % 2 ? <code key={index}>{part}</code> : part
        )}
    </>
  );
}
