import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IProblem } from '../contract';
import { slipwayIcon } from '../icons';
import type { PanelModel } from './model';
import { ProblemCard } from './ProblemCard';

interface INotebookSectionProps {
  model: PanelModel;
  deploy: (anyway: boolean) => void;
  goTo: (problem: IProblem) => void;
  trans: TranslationBundle;
}

/** The notebook in front: what is wrong with it, a sample to try, and the button. */
export function NotebookSection(
  props: INotebookSectionProps
): JSX.Element | null {
  const { model, deploy, goTo, trans } = props;
  const { notebook, problems, refusal } = model;
  if (!notebook) {
    return null;
  }
  const errors = problems.filter(problem => problem.severity === 'error');
  const title = notebook.title.label;
  return (
    <section className="jp-Slipway-notebook" aria-label={title}>
      <div className="jp-Slipway-notebookHead">
        <span className="jp-Slipway-name">{title}</span>
        <span
          className="jp-Slipway-verdict"
          data-verdict={errors.length ? 'errors' : 'ready'}
        >
          {errors.length
            ? trans._n('%1 error', '%1 errors', errors.length)
            : trans.__('ready to deploy')}
        </span>
      </div>
      {refusal && (
        <ProblemCard
          code={refusal.code}
          severity="error"
          message={refusal.message}
          trans={trans}
        />
      )}
      {problems.map((problem, index) => (
        <ProblemCard
          key={`${problem.code}-${index}`}
          code={problem.code}
          severity={problem.severity}
          message={problem.message}
          cell={
            problem.cellIndex === undefined ? undefined : problem.cellIndex + 1
          }
          line={lineOf(model, problem)}
          goTo={
            problem.cellIndex === undefined ? undefined : () => goTo(problem)
          }
          trans={trans}
        />
      ))}
      <SampleField model={model} trans={trans} />
      <div className="jp-Slipway-actions">
        {errors.length > 0 && (
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
          disabled={errors.length > 0}
          onClick={() => deploy(false)}
        >
          <slipwayIcon.react tag="span" width="14px" height="14px" />
          {trans.__('Deploy as service')}
        </button>
      </div>
    </section>
  );
}

/** The line of a problem within its cell, counted from 1. */
function lineOf(model: PanelModel, problem: IProblem): number | undefined {
  const { cellIndex, range } = problem;
  if (cellIndex === undefined || range === undefined) {
    return undefined;
  }
  const cell = model.notebook?.content.model?.cells.get(cellIndex);
  const source = cell?.sharedModel.getSource() ?? '';
  return source.slice(0, range.from).split('\n').length;
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
