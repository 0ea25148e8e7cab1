import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { buildsToChoose, olderLive } from '../deployments/builds';
import type { IKeptBuild } from '../deployments/builds';
import { currentRelease } from '../deployments/model';
import type { IDeployment, IRelease } from '../deployments/wire';
import { Sentence } from './ProblemCard';
import { ReleaseSource } from './SourceLine';
import { engineWord, firstSentence, moment, stateWord } from './words';

interface IEarlierReleasesProps {
  deployment: IDeployment;
  /** Serves the build of a release again; ends when that is on its way, or was refused. */
  start: (release: number) => Promise<void>;
  trans: TranslationBundle;
}

/** The way back to an earlier release: one line, and when opened those that can be served again. */
export function EarlierReleases(
  props: IEarlierReleasesProps
): JSX.Element | null {
  const { deployment, start, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  const [chosen, setChosen] = React.useState<number>();
  const [isStarting, setStarting] = React.useState(false);
  const group = React.useId();
  const builds = buildsToChoose(deployment);
  if (builds.length === 0) {
    return null;
  }
  const { live } = deployment;
  const isLive = ({ last }: IKeptBuild) => last.release === live;
  // What is chosen may have gone meanwhile.
  const build = builds.find(one => one.number === chosen && !isLive(one));
  const press = async (number: number) => {
    setStarting(true);
    try {
      await start(number);
    } finally {
      setStarting(false);
    }
  };
  return (
    <details
      className="jp-Slipway-details jp-Slipway-earlier"
      open={isOpen}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{trans.__('Go back to an earlier release')}</summary>
      {isOpen && (
        <>
          <fieldset className="jp-Slipway-choices">
            <legend className="jp-Slipway-forReaders">
              {trans.__('Release to serve')}
            </legend>
            {builds.map(one => (
              <Build
                key={one.number}
                group={group}
                build={one}
                current={currentRelease(deployment)}
                isLive={isLive(one)}
                isChosen={build ? one === build : isLive(one)}
                choose={() => setChosen(one.number)}
                trans={trans}
              />
            ))}
          </fieldset>
          <div className="jp-Slipway-earlierFoot">
            <span
              className={build ? undefined : 'jp-Slipway-quiet'}
              role="status"
            >
              {build
                ? planWords(deployment, build, trans)
                : trans.__(
                    'Nothing is run or built for it. The last three builds that went live are kept.'
                  )}
            </span>
            {build && (
              <span className="jp-Slipway-actions">
                {/* Not `disabled`, which would take the focus away. */}
                <button
                  type="button"
                  className="jp-Dialog-button jp-mod-styled jp-mod-accept"
                  aria-disabled={isStarting}
                  onClick={() => isStarting || void press(build.last.release)}
                >
                  {trans.__('Serve release %1 again', build.number)}
                </button>
              </span>
            )}
          </div>
        </>
      )}
    </details>
  );
}

interface IBuildProps {
  /** Name of the group of buttons, of which one is chosen. */
  group: string;
  build: IKeptBuild;
  /** The one whose problem the card shows. */
  current: IRelease | undefined;
  isLive: boolean;
  isChosen: boolean;
  choose: () => void;
  trans: TranslationBundle;
}

function Build(props: IBuildProps): JSX.Element {
  const { group, build, current, isLive, isChosen, choose, trans } = props;
  const { number, made, last, failed } = build;
  const id = `${group}-${number}`;
  const word = stateWord(isLive ? 'live' : last.state, trans);
  // All of the row is to be pressed, but only its first line is the button's name.
  return (
    <label
      className="jp-Slipway-choice jp-Slipway-earlierRelease"
      data-build={number}
    >
      <input
        type="radio"
        name={group}
        checked={isChosen}
        aria-labelledby={`${id}-title ${id}-mark`}
        aria-describedby={id}
        onChange={choose}
      />
      <span className="jp-Slipway-earlierTitle">
        <span id={`${id}-title`}>{trans.__('Release %1', number)}</span>
        <span
          id={`${id}-mark`}
          className="jp-Slipway-state"
          data-state={isLive ? 'live' : last.state}
        >
          {last.release === number
            ? word
            : trans.__('%1 as release %2', word, last.release)}
        </span>
      </span>
      <span
        id={id}
        className="jp-Slipway-choiceDetail jp-Slipway-earlierDetail"
      >
        <Moment time={made.created} />, <Origin release={made} trans={trans} />
        {last.state === 'lost' && last !== current && (
          <Trouble release={last} />
        )}
        {failed && (
          <span className="jp-Slipway-earlierTrouble">
            {trans.__(
              'Release %1, which was to serve it, failed.',
              failed.release
            )}
          </span>
        )}
        {failed && failed !== current && <Trouble release={failed} />}
      </span>
    </label>
  );
}

/** Why a release ended, in a sentence. */
function Trouble({ release }: { release: IRelease }): JSX.Element | null {
  const { problem } = release;
  if (!problem) {
    return null;
  }
  return (
    <span className="jp-Slipway-earlierTrouble" title={problem.message}>
      {problem.code}: <Sentence text={firstSentence(problem.message)} />
    </span>
  );
}

/** The commit that a release was built from, or else what. */
function Origin({
  release,
  trans
}: {
  release: IRelease;
  trans: TranslationBundle;
}): JSX.Element {
  if (release.source) {
    return <ReleaseSource source={release.source} trans={trans} />;
  }
  return release.pulled ? (
    <span title={release.pulled}>{trans.__('from a registry')}</span>
  ) : (
    <span>{trans.__('from the notebook')}</span>
  );
}

/** A day and a time of it, to the minute. */
function Moment({ time }: { time: number }): JSX.Element {
  return (
    <time
      dateTime={new Date(time).toISOString()}
      title={new Date(time).toLocaleString()}
    >
      {moment(time)}
    </time>
  );
}

/** What happens when a build is served again. */
function planWords(
  deployment: IDeployment,
  build: IKeptBuild,
  trans: TranslationBundle
): string {
  const { live, releases } = deployment;
  const serving = releases.find(({ release }) => release === live);
  const name = trans.__(
    'It is then called release %1 (of %2).',
    releases[0].release + 1,
    build.number
  );
  if (!serving) {
    const place = trans.__(
      'Release %1 serves at the same address, with the same token, as soon as it has passed its checks.',
      build.number
    );
    return `${place} ${name}`;
  }
  const place = trans.__(
    'Release %1 takes the place of release %2, with the same address and token; release %2 serves until release %1 has passed its checks.',
    build.number,
    serving.release
  );
  const gap =
    build.last.engine === serving.engine
      ? ''
      : trans.__(
          'One runs on %1, the other on %2, so the address does not answer for a moment in between.',
          engineWord(serving.engine, trans),
          engineWord(build.last.engine, trans)
        );
  return [place, gap, name].filter(Boolean).join(' ');
}

/** That what is live was built before something else; nothing where it is the newest build. */
export function OlderBuildNote({
  deployment,
  trans
}: {
  deployment: IDeployment;
  trans: TranslationBundle;
}): JSX.Element | null {
  const older = olderLive(deployment);
  return (
    older && (
      <div className="jp-Slipway-problem" data-severity="hint" role="note">
        {trans.__(
          'Live is the build of release %1, of %2. Release %3 is newer.',
          older.build.number,
          moment(older.build.made.created),
          older.newest
        )}
      </div>
    )
  );
}
