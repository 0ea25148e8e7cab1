// Generated from server_ext/jupyterlab_slipway/wire.py by scripts/generate_wire_types.py. Do not edit.
// All times are milliseconds since the epoch, all sizes and offsets are bytes.

/**
 * The steps of a release, in order.
 */
export type Phase =
  | 'check'
  | 'resolve'
  | 'install'
  | 'execute'
  | 'capture'
  | 'slim'
  | 'verify'
  | 'package'
  | 'start'
  | 'probe'
  | 'live';

export type PhaseStatus = 'started' | 'done' | 'skipped' | 'failed';

/**
 * `replaced`: a later release went live; `lost`: its process is gone and nobody stopped it.
 */
export type ReleaseState =
  | 'building'
  | 'live'
  | 'failed'
  | 'cancelled'
  | 'stopped'
  | 'replaced'
  | 'lost';

export type Severity = 'error' | 'warning' | 'hint';

export type NoteLevel = 'info' | 'warning';

/**
 * Where in the notebook, in words that fit what its author sees.
 */
export interface ICellPlace {
  /**
   * Position among all cells of the notebook, counted from 1.
   */
  index: number;
  /**
   * The cell's nbformat id, where the notebook has one.
   */
  id?: string;
  /**
   * Line within the cell, counted from 1.
   */
  line?: number;
  /**
   * The text of that line.
   */
  source?: string;
}

/**
 * One sentence of what is wrong and what to do, with its place.
 */
export interface IProblem {
  code: string;
  message: string;
  severity: Severity;
  cell?: ICellPlace;
  /**
   * The notebook's own traceback, without frames of ours; may hold ANSI colours.
   */
  traceback?: string;
}

/**
 * What every line of a release's event log has.
 */
export interface IEventBase {
  /**
   * 1, 2, 3 … within the release; the stream's cursor.
   */
  seq: number;
  time: number;
}

export interface ICreatedEvent {
  seq: number;
  time: number;
  kind: 'created';
  deployment: string;
  release: number;
  /**
   * The notebook's file name.
   */
  notebook: string;
  engine: string;
}

export interface IPhaseEvent {
  seq: number;
  time: number;
  kind: 'phase';
  phase: Phase;
  status: PhaseStatus;
  /**
   * Why it was skipped, or what came out of it, in a few words.
   */
  detail?: string;
}

/**
 * A cell has started to execute.
 */
export interface ICellEvent {
  seq: number;
  time: number;
  kind: 'cell';
  /**
   * The k of "cell k of n": counts the code cells that run, from 1.
   */
  number: number;
  total: number;
  cell: ICellPlace;
}

/**
 * A sentence for the user. It also stands in the phase's log.
 */
export interface INoteEvent {
  seq: number;
  time: number;
  kind: 'note';
  phase: Phase;
  level: NoteLevel;
  message: string;
}

/**
 * The log file of a phase has grown to `size` bytes.
 */
export interface ILogEvent {
  seq: number;
  time: number;
  kind: 'log';
  phase: Phase;
  size: number;
}

export interface IProblemEvent {
  seq: number;
  time: number;
  kind: 'problem';
  problem: IProblem;
}

export interface IStateEvent {
  seq: number;
  time: number;
  kind: 'state';
  state: ReleaseState;
  url?: string;
}

export type Event =
  | ICreatedEvent
  | IPhaseEvent
  | ICellEvent
  | INoteEvent
  | ILogEvent
  | IProblemEvent
  | IStateEvent;

export interface IPhaseView {
  phase: Phase;
  status: PhaseStatus;
  started?: number;
  ended?: number;
  detail?: string;
  log_size: number;
}

export interface IProgress {
  number: number;
  total: number;
  cell: ICellPlace;
}

/**
 * One release, derived from its event log.
 */
export interface IRelease {
  release: number;
  state: ReleaseState;
  engine: string;
  created: number;
  phases: IPhaseView[];
  /**
   * The cell that is executing, while one is.
   */
  progress?: IProgress;
  /**
   * What ended the release, where it failed.
   */
  problem?: IProblem;
  warnings: IProblem[];
  /**
   * Of the last event this was derived from.
   */
  seq: number;
}

/**
 * A named service and its releases, newest first.
 */
export interface IDeployment {
  name: string;
  /**
   * The notebook's file name without its ending, as its author wrote it.
   */
  title: string;
  /**
   * Path of the notebook: relative to the Jupyter server's root where it lies below it, else absolute.
   */
  notebook: string;
  engine: string;
  /**
   * The release that serves now.
   */
  live?: number;
  /**
   * Base address of the service, where a release is live.
   */
  url?: string;
  releases: IRelease[];
}

/**
 * Body of `POST slipway/deployments`.
 */
export interface IDeploymentRequest {
  /**
   * The notebook, as the contents manager names it.
   */
  path: string;
  name?: string;
  engine?: string;
  /**
   * JSON text of one sample, as the user typed it.
   */
  sample?: string;
  /**
   * Seconds that one cell may take.
   */
  timeout?: number;
  /**
   * Names of the server's environment variables that cells may read.
   */
  env?: string[];
}

/**
 * Answer of `GET slipway/deployments/{name}/access`: what a client of the service needs.
 */
export interface IAccess {
  url: string;
  token: string;
  /**
   * A command that scores the first recorded sample, ready to paste.
   */
  curl: string;
}

export interface IEngineView {
  name: string;
  available: boolean;
  default: boolean;
  /**
   * Its version, or what is missing and what to do about it.
   */
  detail: string;
}

/**
 * Answer of `GET slipway/deployments`.
 */
export interface IDeploymentList {
  deployments: IDeployment[];
}

/**
 * Answer of `GET slipway/engines`.
 */
export interface IEngineList {
  engines: IEngineView[];
}

/**
 * Body of every answer of `slipway/…` that is no success.
 */
export interface IFailure {
  /**
   * The problem's sentence, under the name that clients of a Jupyter server look for.
   */
  message: string;
  problem: IProblem;
}

/**
 * Browser to server, first message on the stream: the last `seq` seen of each release.
 */
export interface ICursorMessage {
  /**
   * Keys are `name/release`.
   */
  cursor: {
    [k: string]: number;
  };
}

/**
 * Server to browser: what is new of one release, and its deployment as it now stands.
 */
export interface IReleaseMessage {
  kind: 'release';
  deployment: IDeployment;
  release: number;
  /**
   * Those after the cursor, in order; each is sent once.
   */
  events: Event[];
}

/**
 * Server to browser: a deployment changed in a way no event tells (a process vanished).
 */
export interface IDeploymentMessage {
  kind: 'deployment';
  deployment: IDeployment;
}

export interface IRemovedMessage {
  kind: 'removed';
  name: string;
}

/**
 * All that was on disk when the stream opened has been sent.
 */
export interface ICaughtUpMessage {
  kind: 'caught-up';
}

export type StreamMessage =
  IReleaseMessage | IDeploymentMessage | IRemovedMessage | ICaughtUpMessage;
