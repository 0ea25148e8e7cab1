import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { slipwayIcon } from '../icons';
import { EngineField } from './EngineField';
import type { PanelModel } from './model';
import { ProblemCard } from './ProblemCard';
import { countSeverities, groupProblems } from './problemGroups';
import { ProblemList } from './ProblemList';
import type { IProblemListActions } from './ProblemList';
import { CommitButton, isCommitted, SourceLine } from './SourceLine';
import { MANY_HINTS, ProblemTools, Verdict } from './ProblemSummary';

interface INotebookSectionProps {
  model: PanelModel;
  deploy: (anyway: boolean) => void;
  /** Deploys what the last commit holds. */
  deployCommit: () => Promise<void>;
  problemActions: IProblemListActions;
  fixAll: () => void;
  trans: TranslationBundle;
}

/** The notebook in front: what is wrong with it, a sample to try, and the button. */
export function NotebookSection(
  props: INotebookSectionProps
): JSX.Element | null {
  const { model, deploy, deployCommit, problemActions, fixAll, trans } = props;
  const { notebook, lint, refusal, report, source } = model;
  if (!notebook) {
    return null;
  }
  const problems = lint?.problems ?? [];
  const errors = countSeverities(problems).error;
  const hasErrors = errors > 0;
  const groups = groupProblems(
    problems,
    model.buildProblems,
    lint?.source.cells ?? []
  );
  const counts = countSeverities(
    groups.flatMap(group => group.problems.map(({ problem }) => problem))
  );
  const isHintsShown = model.isHintsShown ?? counts.hint <= MANY_HINTS;
  const shown = isHintsShown
    ? groups
    : groups
        .map(group => ({
          ...group,
          problems: group.problems.filter(
            ({ problem }) => problem.severity !== 'hint'
          )
        }))
        .filter(group => group.problems.length > 0);
  const title = notebook.title.label;
  return (
    <section className="jp-Slipway-notebook" aria-label={title}>
      <div className="jp-Slipway-notebookHead">
        <span className="jp-Slipway-name">{title}</span>
        <Verdict counts={counts} trans={trans} />
      </div>
      <SourceLine source={source} trans={trans} />
      {refusal && (
        <ProblemCard
          code={refusal.code}
          severity="error"
          message={refusal.message}
          trans={trans}
        />
      )}
      <ProblemTools
        counts={counts}
        hasSafe={problems.some(({ fixes }) => fixes?.some(({ safe }) => safe))}
        isHintsShown={isHintsShown}
        showHints={isShown => {
          model.isHintsShown = isShown;
        }}
        fixAll={fixAll}
        report={report}
        disabled={lint?.disabled ?? []}
        openSettings={problemActions.openSettings}
        trans={trans}
      />
      <ProblemList
        key={notebook.id}
        groups={shown}
        actions={problemActions}
        isBusy={report?.state === 'asking'}
        trans={trans}
      />
      <SampleField model={model} trans={trans} />
      <EngineField engines={model.deployments.engines} trans={trans} />
      {hasErrors && (
        <Stopped
          key={model.stops}
          errors={errors}
          isPressed={model.stops > 0}
          trans={trans}
        />
      )}
      <div className="jp-Slipway-actions">
        {isCommitted(source.view) && (
          <CommitButton
            key={notebook.id}
            view={source.view}
            deploy={deployCommit}
            trans={trans}
          />
        )}
        {hasErrors && (
          <button
            type="button"
            className="jp-Dialog-button jp-mod-styled jp-mod-reject"
            title={trans.__('The builder decides whether the notebook works')}
            onClick={() => deploy(true)}
          >
            {trans.__('Deploy anyway')}
          </button>
        )}
        <button
          type="button"
          className="jp-Dialog-button jp-mod-styled jp-mod-accept"
          disabled={hasErrors}
          aria-describedby={hasErrors ? STOPPED_ID : undefined}
          onClick={() => deploy(false)}
        >
          <slipwayIcon.react tag="span" width="14px" height="14px" />
          {trans.__('Deploy as service')}
        </button>
      </div>
    </section>
  );
}

const STOPPED_ID = 'jp-Slipway-stopped';

/** Why the button is grey. Each press of the one in the toolbar draws the eye here. */
function Stopped({
  errors,
  isPressed,
  trans
}: {
  errors: number;
  isPressed: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  const node = React.useRef<HTMLParagraphElement>(null);
  React.useEffect(() => {
    if (isPressed) {
      node.current?.scrollIntoView?.({ block: 'nearest' });
    }
  }, [isPressed]);
  return (
    <p
      ref={node}
      id={STOPPED_ID}
      className="jp-Slipway-stopped"
      data-pressed={isPressed}
      role={isPressed ? 'alert' : undefined}
    >
      {trans._n(
        'Not deployed while there is %1 error. Correct it, or let the builder decide: Deploy anyway.',
        'Not deployed while there are %1 errors. Correct them, or let the builder decide: Deploy anyway.',
        errors
      )}
    </p>
  );
}

function SampleField({
  model,
  trans
}: {
  model: PanelModel;
  trans: TranslationBundle;
}): JSX.Element {
  const invalid = sampleError(model.sample);
  return (
    <details className="jp-Slipway-details" open={model.sample !== ''}>
      <summary>{trans.__('Sample')}</summary>
      <textarea
        className="jp-Slipway-sample jp-mod-styled"
        rows={2}
        spellCheck={false}
        value={model.sample}
        aria-label={trans.__('A sample as JSON')}
        aria-invalid={invalid !== ''}
        placeholder="[0.25, 0.75]"
        onChange={event => {
          model.sample = event.target.value;
        }}
      />
      <div className="jp-Slipway-quiet">
        {invalid
          ? trans.__('This is not JSON yet: %1', invalid)
          : trans.__(
              'Input for the predictor, as JSON. The service is tested with it before it goes live.'
            )}
      </div>
    </details>
  );
}

function sampleError(text: string): string {
  if (text.trim() === '') {
    return '';
  }
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
