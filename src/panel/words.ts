import type { TranslationBundle } from '@jupyterlab/translation';
import type { Phase, ReleaseState } from '../deployments/wire';

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
