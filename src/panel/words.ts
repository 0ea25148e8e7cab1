import type { TranslationBundle } from '@jupyterlab/translation';
import type { Phase, ReleaseState, Severity } from '../deployments/wire';

/** What a state is called on the screen. */
export function stateWord(
  state: ReleaseState,
  trans: TranslationBundle
): string {
  switch (state) {
    case 'building':
      return trans.__('building');
    case 'live':
      return trans.__('live');
    case 'failed':
      return trans.__('failed');
    case 'cancelled':
      return trans.__('cancelled');
    case 'stopped':
      return trans.__('stopped');
    case 'replaced':
      return trans.__('replaced');
    case 'lost':
      return trans.__('lost');
  }
}

/** What a phase does, in the words of somebody who waits for it. */
export function phaseWord(phase: Phase, trans: TranslationBundle): string {
  switch (phase) {
    case 'check':
      return trans.__('Check the contract');
    case 'resolve':
      return trans.__('Resolve packages');
    case 'install':
      return trans.__('Install packages');
    case 'execute':
      return trans.__('Run the notebook');
    case 'capture':
      return trans.__('Capture the predictor');
    case 'slim':
      return trans.__('Slim the environment');
    case 'verify':
      return trans.__('Verify the capture');
    case 'package':
      return trans.__('Package');
    case 'start':
      return trans.__('Start the service');
    case 'probe':
      return trans.__('Probe the service');
    case 'live':
      return trans.__('Go live');
  }
}

/** A length of time, short: `0.4 s`, `12 s`, `3 min 05 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  if (seconds < 60) {
    return `${Math.round(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
}

/** What a severity is called on the screen. */
export function severityWord(
  severity: Severity,
  trans: TranslationBundle
): string {
  switch (severity) {
    case 'error':
      return trans.__('Error');
    case 'warning':
      return trans.__('Warning');
    case 'hint':
      return trans.__('Hint');
  }
}

/** `2 errors, 1 hint`; that there is nothing, where there is. */
export function countWords(
  { error, warning, hint }: Record<Severity, number>,
  trans: TranslationBundle
): string {
  const words = [
    error ? trans._n('%1 error', '%1 errors', error) : '',
    warning ? trans._n('%1 warning', '%1 warnings', warning) : '',
    hint ? trans._n('%1 hint', '%1 hints', hint) : ''
  ].filter(Boolean);
  return words.join(', ') || trans.__('No problems');
}
