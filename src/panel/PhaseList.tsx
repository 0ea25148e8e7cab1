import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IPhaseView, IRelease } from '../deployments/wire';
import { duration, phaseWord } from './words';

interface IPhaseListProps {
  release: IRelease;
  trans: TranslationBundle;
}

/** The phases of a release with their times; the one that runs shows how far it is. */
export function PhaseList({ release, trans }: IPhaseListProps): JSX.Element {
  const isRunning = release.phases.some(phase => phase.status === 'started');
  const now = useNow(release.state === 'building' && isRunning);
  return (
    <ol className="jp-Slipway-phases" aria-label={trans.__('Phases')}>
      {release.phases.map(phase => (
        <li
          key={phase.phase}
          className="jp-Slipway-phase"
          data-phase={phase.phase}
          data-status={phase.status}
        >
          <span
            className="jp-Slipway-mark"
            role="img"
            aria-label={statusWord(phase, trans)}
          />
          <span className="jp-Slipway-phaseName">
            {phaseWord(phase.phase, trans)}
          </span>
          <span className="jp-Slipway-time">{time(phase, now, trans)}</span>
          {phase.phase === 'execute' && phase.status === 'started' && (
            <CellProgress release={release} trans={trans} />
          )}
          {phase.detail && (
            <span className="jp-Slipway-phaseDetail">{phase.detail}</span>
          )}
        </li>
      ))}
    </ol>
  );
}

function CellProgress({ release, trans }: IPhaseListProps): JSX.Element | null {
  const { progress } = release;
  if (!progress) {
    return null;
  }
  const { number, total, cell } = progress;
  return (
    <span className="jp-Slipway-phaseDetail">
      {trans.__('cell %1 (%2 of %3 that run)', cell.index, number, total)}
      <progress
        className="jp-Slipway-progress"
        max={total}
        value={number - 0.5}
        aria-label={trans.__('Cells run')}
      />
    </span>
  );
}

function statusWord(phase: IPhaseView, trans: TranslationBundle): string {
  switch (phase.status) {
    case 'started':
      return trans.__('running');
    case 'done':
      return trans.__('done');
    case 'skipped':
      return trans.__('skipped');
    case 'failed':
      return trans.__('failed');
  }
}

function time(
  phase: IPhaseView,
  now: number,
  trans: TranslationBundle
): string {
  if (phase.status === 'skipped') {
    return trans.__('skipped');
  }
  if (phase.started === undefined || phase.phase === 'live') {
    return '';
  }
  return duration(
    (phase.ended ?? Math.max(now, phase.started)) - phase.started
  );
}

/** The time, renewed while something is running. */
function useNow(isRunning: boolean): number {
  const [now, setNow] = React.useState(Date.now);
  React.useEffect(() => {
    if (!isRunning) {
      return;
    }
    const timer = window.setInterval(() => setNow(Date.now()), 500);
    return () => window.clearInterval(timer);
  }, [isRunning]);
  return now;
}
