import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IFix, IProblem } from '../contract';
import { ProblemRow } from './ProblemRow';
import type { IProblemGroup } from './problemGroups';

/** Problems of a group that are shown at once. */
export const GROUP_LIMIT = 12;
/** Groups that are shown at once. */
export const LIST_LIMIT = 40;

/** What can be done about listed problems. */
export interface IProblemListActions {
  goTo: (problem: IProblem) => void;
  explain: (code: string) => void;
  fix: (problem: IProblem, fix: IFix) => void;
  disable?: (code: string) => void;
  openSettings?: () => void;
}

interface IProblemListProps {
  groups: ReadonlyArray<IProblemGroup>;
  actions: IProblemListActions;
  isBusy: boolean;
  trans: TranslationBundle;
}

/** All problems of a notebook, by cell. */
export function ProblemList(props: IProblemListProps): JSX.Element {
  const { groups, trans } = props;
  const [limit, setLimit] = React.useState(LIST_LIMIT);
  const left = groups.length - limit;
  return (
    <div className="jp-Slipway-groups">
      {groups.slice(0, limit).map(group => (
        <ProblemGroup key={group.key} {...props} group={group} />
      ))}
      {left > 0 && (
        <More
          text={trans._n('%1 more cell', '%1 more cells', left)}
          show={() => setLimit(limit + LIST_LIMIT)}
        />
      )}
    </div>
  );
}

function ProblemGroup(
  props: IProblemListProps & { group: IProblemGroup }
): JSX.Element {
  const { group, actions, isBusy, trans } = props;
  const [isOpen, setOpen] = React.useState(true);
  const [limit, setLimit] = React.useState(GROUP_LIMIT);
  const Caret = isOpen ? caretDownIcon : caretRightIcon;
  const left = group.problems.length - limit;
  const title =
    group.cellIndex === undefined
      ? trans.__('Whole notebook')
      : trans.__('Cell %1', group.cellIndex + 1);
  return (
    <div className="jp-Slipway-group" role="group" aria-label={title}>
      <button
        type="button"
        className="jp-Slipway-groupHead"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Caret.react tag="span" width="14px" height="14px" />
        <span className="jp-Slipway-groupTitle">{title}</span>
        <code className="jp-Slipway-groupLine">{group.firstLine}</code>
        {!isOpen && (
          <span className="jp-Slipway-quiet">{group.problems.length}</span>
        )}
      </button>
      {isOpen && (
        <ul className="jp-Slipway-rows">
          {group.problems.slice(0, limit).map((listed, index) => (
            <ProblemRow
              key={`${listed.problem.code} ${index}`}
              listed={listed}
              actions={actions}
              isBusy={isBusy}
              trans={trans}
            />
          ))}
          {left > 0 && (
            <li>
              <More
                text={trans._n('%1 more problem', '%1 more problems', left)}
                show={() => setLimit(Infinity)}
              />
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

function More({ text, show }: { text: string; show: () => void }): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Slipway-link jp-Slipway-more"
      onClick={show}
    >
      {text}
    </button>
  );
}
