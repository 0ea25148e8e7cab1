import type { TranslationBundle } from '@jupyterlab/translation';
import type {
  IServedPackages,
  Phase,
  ReleaseState,
  Severity
} from '../deployments/wire';

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

/** What is live: the build of an earlier release, where that is named, and what nothing was tried of. */
export function liveWord(
  earlier: number | undefined,
  isTried: boolean,
  trans: TranslationBundle
): string {
  if (earlier === undefined) {
    return isTried ? stateWord('live', trans) : trans.__('live, not tried');
  }
  return isTried
    ? trans.__('live, back at release %1', earlier)
    : trans.__('live, back at release %1, not tried', earlier);
}

/** What an engine is called on the screen; one that is not known here, by its name. */
export function engineWord(name: string, trans: TranslationBundle): string {
  switch (name) {
    case 'docker':
      return trans.__('Docker');
    case 'podman':
      return trans.__('Podman');
    case 'process':
      return trans.__('Process');
    default:
      return name;
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

/** A day and a time of it, to the minute, as the browser's language writes them. */
export function moment(time: number): string {
  return new Date(time).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'short'
  });
}

/** What comes before the first full stop that ends a sentence, and the stop. */
export function firstSentence(text: string): string {
  return /^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text;
}

/** A number of bytes, short, with base 1000: `340 B`, `1.5 kB`, `98 MB`, `2.3 GB`. */
export function size(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < SIZES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 9.95 ? 1 : 0)} ${SIZES[unit]}`;
}

const SIZES = ['kB', 'MB', 'GB', 'TB'];

/** `Packages: 4 of 31, 98 MB instead of 412 MB` */
export function packagesWords(
  { packages, before, after }: IServedPackages,
  trans: TranslationBundle
): string {
  const kept = packages.filter(({ kept }) => kept).length;
  return kept === packages.length
    ? trans.__('Packages: %1, %2', kept, size(after))
    : trans.__(
        'Packages: %1 of %2, %3 instead of %4',
        kept,
        packages.length,
        size(after),
        size(before)
      );
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
