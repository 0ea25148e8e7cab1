import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Engines } from '../deployments/engines';
import type { IEngineView } from '../deployments/wire';
import { Sentence } from './ProblemCard';
import { engineWord } from './words';

interface IEngineFieldProps {
  engines: Engines;
  trans: TranslationBundle;
}

/** Where the notebook will be built and run: one line, and when opened all engines to choose from. */
export function EngineField(props: IEngineFieldProps): JSX.Element {
  const { engines, trans } = props;
  const { list, choice, chosen } = engines;
  const [isOpen, setOpen] = React.useState(false);
  React.useEffect(() => {
    if (!engines.list) {
      void engines.look();
    }
  }, [engines]);
  const toggle = (event: React.SyntheticEvent<HTMLDetailsElement>) => {
    setOpen(event.currentTarget.open);
    if (event.currentTarget.open && !isOpen) {
      // An engine may have been started since.
      void engines.look();
    }
  };
  return (
    <div className="jp-Slipway-engines">
      <details
        className="jp-Slipway-details"
        open={isOpen}
        onToggle={toggle}
        data-engine={choice}
      >
        <summary>{trans.__('Engine: %1', choiceWords(engines, trans))}</summary>
        {isOpen && <Choices {...props} />}
      </details>
      {!isOpen && chosen && !chosen.available && (
        <Trouble text={chosen.detail} />
      )}
      {!isOpen && list && choice && !chosen && (
        <Trouble text={unknownWords(choice, trans)} />
      )}
    </div>
  );
}

function Choices({ engines, trans }: IEngineFieldProps): JSX.Element {
  const { list, choice, default: automatic } = engines;
  const group = React.useId();
  const choose = (name: string) => void engines.choose(name);
  const isUnknown = choice !== '' && !list?.some(({ name }) => name === choice);
  return (
    <>
      {(list || isUnknown) && (
        <fieldset className="jp-Slipway-choices" aria-busy={engines.isLooking}>
          <legend className="jp-Slipway-forReaders">
            {trans.__('Engine')}
          </legend>
          <Choice
            group={group}
            name=""
            title={automaticWord(automatic, trans)}
            isChosen={choice === ''}
            choose={choose}
          >
            {automatic && !automatic.available
              ? trans.__(
                  '%1 is the default here, but does not work.',
                  engineWord(automatic.name, trans)
                )
              : trans.__(
                  'A new service gets the default; one that exists keeps its engine.'
                )}
          </Choice>
          {list?.map(engine => (
            <Choice
              key={engine.name}
              group={group}
              name={engine.name}
              title={engineWord(engine.name, trans)}
              mark={engine.available ? '' : trans.__('does not work')}
              isChosen={choice === engine.name}
              isDisabled={!engine.available}
              choose={choose}
            >
              <Sentence text={engine.detail} />
            </Choice>
          ))}
          {isUnknown && (
            <Choice
              group={group}
              name={choice}
              title={engineWord(choice, trans)}
              mark={list ? trans.__('unknown') : ''}
              isChosen={true}
              choose={choose}
            >
              {list && unknownWords(choice, trans)}
            </Choice>
          )}
        </fieldset>
      )}
      <div className="jp-Slipway-enginesFoot">
        <span className="jp-Slipway-quiet" role="status">
          {engines.failure ? (
            <span className="jp-Slipway-failure">
              <Sentence
                text={trans.__(
                  'The engines could not be listed. %1',
                  engines.failure
                )}
              />
            </span>
          ) : engines.unsaved ? (
            trans.__(
              'This choice holds until the page is loaded again; the settings could not be saved: %1',
              engines.unsaved
            )
          ) : engines.isLooking ? (
            trans.__('Looking for engines…')
          ) : choice ? (
            trans.__(
              'Deploy as service moves a service to this engine; Redeploy leaves it on its own.'
            )
          ) : (
            trans.__('Where the service is built, and where it runs.')
          )}
        </span>
        <button
          type="button"
          className="jp-Slipway-iconButton"
          title={trans.__('Look for engines again')}
          aria-label={trans.__('Look for engines again')}
          aria-disabled={engines.isLooking}
          onClick={() => void engines.look()}
        >
          <refreshIcon.react tag="span" width="16px" height="16px" />
        </button>
      </div>
    </>
  );
}

interface IChoiceProps {
  /** Name of the group of buttons, of which one is chosen. */
  group: string;
  /** Empty for the server's default. */
  name: string;
  title: string;
  mark?: string;
  isChosen: boolean;
  isDisabled?: boolean;
  choose: (name: string) => void;
  children?: React.ReactNode;
}

function Choice(props: IChoiceProps): JSX.Element {
  const { group, name, title, mark, isChosen, isDisabled, choose } = props;
  const id = `${group}-${name || 'automatic'}`;
  // All of the row is to be pressed, but only its title is the button's name.
  return (
    <label
      className="jp-Slipway-choice jp-Slipway-engine"
      data-engine={name}
      data-disabled={isDisabled === true}
    >
      <input
        type="radio"
        name={group}
        checked={isChosen}
        disabled={isDisabled}
        aria-labelledby={mark ? `${id}-title ${id}-mark` : `${id}-title`}
        aria-describedby={id}
        onChange={() => choose(name)}
      />
      <span id={`${id}-title`} className="jp-Slipway-engineTitle">
        {title}
      </span>
      {mark && (
        <span id={`${id}-mark`} className="jp-Slipway-quiet">
          {mark}
        </span>
      )}
      <span id={id} className="jp-Slipway-choiceDetail jp-Slipway-engineDetail">
        {props.children}
      </span>
    </label>
  );
}

/** Why a press of the button would be refused; there also while the list is closed. */
function Trouble({ text }: { text: string }): JSX.Element {
  return (
    <div className="jp-Slipway-problem" data-severity="warning" role="note">
      <div className="jp-Slipway-problemMessage">
        <Sentence text={text} />
      </div>
    </div>
  );
}

function choiceWords(engines: Engines, trans: TranslationBundle): string {
  const { choice, chosen } = engines;
  const word = choice
    ? engineWord(choice, trans)
    : automaticWord(engines.default, trans);
  return chosen && !chosen.available
    ? trans.__('%1, which does not work', word)
    : word;
}

function automaticWord(
  engine: IEngineView | undefined,
  trans: TranslationBundle
): string {
  return engine
    ? trans.__('Automatic (%1)', engineWord(engine.name, trans))
    : trans.__('Automatic');
}

function unknownWords(name: string, trans: TranslationBundle): string {
  return trans.__(
    'This server has no engine named %1. Choose another one.',
    name
  );
}
