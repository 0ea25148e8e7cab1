import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { olderLive } from '../deployments/builds';
import {
  currentRelease,
  NOT_TRIED,
  untriedProblem
} from '../deployments/model';
import type {
  ICellPlace,
  IDeployment,
  IProblem,
  IRelease
} from '../deployments/wire';
import { EarlierReleases, OlderBuildNote } from './EarlierReleases';
import { LogView } from './LogView';
import type { PanelModel } from './model';
import { PackagesSection } from './PackagesSection';
import { PhaseList } from './PhaseList';
import { ProblemCard } from './ProblemCard';
import { ReleaseSource } from './SourceLine';
import { ServiceActions } from './ServiceActions';
import { ServiceAddress } from './ServiceAddress';
import { duration, engineWord, liveWord, stateWord } from './words';

/** What a new release is to have that the one before it had not. */
export interface IRedeployChanges {
  /** Packages that the service keeps from now on. */
  keep?: string[];
  /** The model may answer the same sample differently from one call to the next. */
  acceptNondeterministic?: boolean;
}

/** The problem that a new release may be asked to accept. */
const NONDETERMINISTIC = 'SLP543';

interface IDeploymentCardProps {
  deployment: IDeployment;
  model: PanelModel;
  openNotebook: (path: string, cell?: ICellPlace) => Promise<void>;
  redeploy: (
    deployment: IDeployment,
    changes?: IRedeployChanges
  ) => Promise<void>;
  /** Opens the page of a rule. */
  explain?: (code: string) => void;
  trans: TranslationBundle;
}

/** One deployment: its state at a glance, and all about its newest release when opened. */
export function DeploymentCard(props: IDeploymentCardProps): JSX.Element {
  const { deployment, model, trans } = props;
  const release = currentRelease(deployment);
  const isOpen = model.isOpen(deployment.name);
  const state = release?.state ?? 'stopped';
  const Caret = isOpen ? caretDownIcon : caretRightIcon;
  return (
    <section
      className="jp-Slipway-deployment"
      data-state={state}
      data-deployment={deployment.name}
      data-tried={!untriedOf(deployment)}
      aria-label={deployment.name}
    >
      <button
        type="button"
        className="jp-Slipway-deploymentHead"
        aria-expanded={isOpen}
        onClick={() => model.setOpen(deployment.name, !isOpen)}
      >
        <Caret.react tag="span" width="14px" height="14px" />
        <span className="jp-Slipway-deploymentTitle">
          <span className="jp-Slipway-name">{deployment.name}</span>
          <States deployment={deployment} trans={trans} />
        </span>
      </button>
      {isOpen && release && (
        <Body key={release.release} {...props} release={release} />
      )}
    </section>
  );
}

/** The newest release's state; where an earlier one serves meanwhile, that too. */
function States({
  deployment,
  trans
}: Pick<IDeploymentCardProps, 'deployment' | 'trans'>): JSX.Element {
  const release = currentRelease(deployment);
  const older = olderLive(deployment);
  const isTried = !untriedOf(deployment);
  const live = liveWord(older?.build.number, isTried, trans);
  const state = release?.state ?? 'stopped';
  const word =
    state === 'live'
      ? live
      : state === 'building' && release?.of !== undefined
        ? trans.__('starting')
        : stateWord(state, trans);
  if (
    !release ||
    deployment.live === undefined ||
    deployment.live === release.release
  ) {
    return <span className="jp-Slipway-state">{word}</span>;
  }
  return (
    <span className="jp-Slipway-states">
      <span className="jp-Slipway-state" data-state="live" data-tried={isTried}>
        {live}
      </span>
      <span className="jp-Slipway-state">
        {trans.__('release %1: %2', release.release, word)}
      </span>
    </span>
  );
}

/** Why nothing of what serves now was tried; undefined where it was, or nothing serves. */
function untriedOf({ live, releases }: IDeployment): IProblem | undefined {
  const serving = releases.find(({ release }) => release === live);
  return serving && untriedProblem(serving);
}

function Body(
  props: IDeploymentCardProps & { release: IRelease }
): JSX.Element {
  const { deployment, release, model, openNotebook, redeploy, trans } = props;
  const { explain } = props;
  const serving = deployment.releases.find(
    ({ release }) => release === deployment.live
  );
  const untried = untriedOf(deployment);
  // What is said at the top is not said again.
  const warnings = release.warnings.filter(
    warning =>
      release !== serving || (warning !== untried && warning.code !== NOT_TRIED)
  );
  const { client } = model.deployments;
  const [isLogOpen, setLogOpen] = React.useState(release.state === 'building');
  // What goes well needs no list; what one has watched stays.
  const [isPhasesOpen, setPhasesOpen] = React.useState(
    release.state !== 'live'
  );
  const [failure, setFailure] = React.useState('');
  const node = React.useRef<HTMLDivElement>(null);
  React.useLayoutEffect(() => {
    const { current } = node;
    return () => {
      // The button that made the next release goes with this one; the keyboard stays in the card.
      if (current?.contains(document.activeElement)) {
        (current.previousElementSibling as HTMLElement | null)?.focus();
      }
    };
  }, []);
  const act = (action: Promise<unknown>): Promise<void> => {
    setFailure('');
    return action.then(
      () => undefined,
      error => setFailure(String(error.message ?? error))
    );
  };
  // A notebook deployed by the command may lie where this server does not reach;
  // that of a pulled image, or of a repository's address, is nowhere here.
  const isReachable = !/^\/|:\/\/|#:/.test(deployment.notebook);
  const goTo = (cell?: ICellPlace) =>
    isReachable
      ? () => act(openNotebook(deployment.notebook, cell))
      : undefined;
  const problemCard = (problem: IProblem, key?: number) => (
    <ProblemCard
      key={key}
      {...problem}
      cell={problem.cell?.index}
      line={problem.cell?.line}
      source={problem.cell?.source}
      goTo={goTo(problem.cell)}
      explain={explain}
      trans={trans}
    />
  );
  return (
    <div className="jp-Slipway-deploymentBody" ref={node}>
      {untried && problemCard(untried)}
      {release.problem &&
        problemCard({
          ...release.problem,
          ...(release.state === 'lost' && { severity: 'error' })
        })}
      {isReachable &&
        release.state === 'failed' &&
        release.problem?.code === NONDETERMINISTIC && (
          <div className="jp-Slipway-offer jp-Slipway-actions">
            <span>
              {trans.__(
                'If that is meant, deploy it as it is: nothing then compares the service with the notebook.'
              )}
            </span>
            <button
              type="button"
              className="jp-Dialog-button jp-mod-styled jp-mod-reject"
              onClick={() =>
                act(redeploy(deployment, { acceptNondeterministic: true }))
              }
            >
              {trans.__('Deploy anyway, answers may differ')}
            </button>
          </div>
        )}
      <div className="jp-Slipway-facts">
        <button
          type="button"
          className="jp-Slipway-link"
          title={
            isReachable
              ? trans.__('Open the notebook')
              : trans.__('This notebook is in no folder that JupyterLab shows')
          }
          disabled={!isReachable}
          onClick={goTo()}
        >
          {deployment.notebook}
        </button>
        <span>
          {trans.__(
            'release %1, %2, %3',
            release.of === undefined
              ? release.release
              : trans.__('%1 (of %2)', release.release, release.of),
            engineWord(release.engine, trans),
            new Date(release.created).toLocaleTimeString()
          )}
        </span>
        <ReleaseSource source={release.source} trans={trans} />
        {deployment.live !== undefined &&
          deployment.live !== release.release && (
            <span>
              {trans.__('release %1 goes on serving', deployment.live)}
              {serving?.source && ', '}
              <ReleaseSource source={serving?.source} trans={trans} />
            </span>
          )}
      </div>
      <OlderBuildNote deployment={deployment} trans={trans} />
      {deployment.live !== undefined && (
        <ServiceAddress deployment={deployment} client={client} trans={trans} />
      )}
      <ServiceActions
        deployment={deployment}
        release={release}
        client={client}
        redeploy={isReachable ? () => redeploy(deployment) : undefined}
        act={act}
        trans={trans}
      />
      {failure && (
        <div className="jp-Slipway-failure" role="alert">
          {failure}
        </div>
      )}
      {release.state !== 'building' && (
        <EarlierReleases
          deployment={deployment}
          start={release => act(client.start(deployment.name, { release }))}
          trans={trans}
        />
      )}
      {warnings.map(problemCard)}
      <details
        className="jp-Slipway-details"
        open={isPhasesOpen}
        onToggle={event => setPhasesOpen(event.currentTarget.open)}
      >
        <summary>
          {release.state === 'building'
            ? trans.__('Phases')
            : trans.__('Phases, %1', duration(timeTaken(release)))}
        </summary>
        <PhaseList release={release} trans={trans} />
      </details>
      {release.packages && (
        <PackagesSection
          packages={release.packages}
          keep={
            isReachable && release.state !== 'building'
              ? keep => act(redeploy(deployment, { keep }))
              : undefined
          }
          trans={trans}
        />
      )}
      <details
        className="jp-Slipway-details"
        open={isLogOpen}
        onToggle={event => setLogOpen(event.currentTarget.open)}
      >
        <summary>{trans.__('Log')}</summary>
        {isLogOpen && (
          <LogView log={model.log(deployment, release)} trans={trans} />
        )}
      </details>
    </div>
  );
}

/** Milliseconds from the first phase's start to the last one's end. */
function timeTaken(release: IRelease): number {
  const times = release.phases.flatMap(phase => [
    phase.started ?? Infinity,
    phase.ended ?? -Infinity
  ]);
  const end = Math.max(...times.filter(Number.isFinite));
  return Math.max(0, end - Math.min(...times));
}
