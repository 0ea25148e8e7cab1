import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { ISource, IWorkingTreeView } from '../deployments/wire';
import type { ISourceState } from '../editor/notebookSource';
import { branchIcon } from '../icons';

/** For what the line describes. */
const SOURCE_ID = 'jp-Slipway-source';

/** How the notebook in front stands to the last commit, in one quiet line; nothing without a repository. */
export function SourceLine({
  source,
  trans
}: {
  source: ISourceState;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { view, isUnsaved } = source;
  if (!view) {
    return null;
  }
  return (
    <p
      id={SOURCE_ID}
      className="jp-Slipway-source"
      title={commitWords(view, trans)}
    >
      <branchIcon.react
        tag="span"
        className="jp-Slipway-sourceIcon"
        width="12px"
        height="12px"
        aria-hidden="true"
      />
      <span className="jp-Slipway-branch">
        {view.branch ?? trans.__('no branch')}
      </span>{' '}
      {view.revision && <Revision revision={view.revision} />}{' '}
      <span className="jp-Slipway-standing">
        {standingWords(view, isUnsaved, trans)}
      </span>
    </p>
  );
}

/** Deploys what the last commit holds. It is fetched first, which takes a while where it is large. */
export function CommitButton({
  view,
  deploy,
  trans
}: {
  view: IWorkingTreeView;
  deploy: () => Promise<void>;
  trans: TranslationBundle;
}): JSX.Element {
  const [isFetching, setFetching] = React.useState(false);
  const press = async () => {
    setFetching(true);
    try {
      await deploy();
    } finally {
      setFetching(false);
    }
  };
  // Not `disabled`, which would take the focus away.
  return (
    <button
      type="button"
      className="jp-Dialog-button jp-mod-styled jp-mod-reject"
      title={trans.__(
        'Build what the last commit holds; the files stay as they are\n%1',
        commitWords(view, trans)
      )}
      aria-describedby={SOURCE_ID}
      aria-disabled={isFetching}
      onClick={() => isFetching || void press()}
    >
      {isFetching
        ? trans.__('Fetching the last commit…')
        : trans.__('Deploy from the last commit')}
    </button>
  );
}

/** Where a release comes from; nothing where that is no repository. */
export function ReleaseSource({
  source,
  trans
}: {
  source: ISource | undefined;
  trans: TranslationBundle;
}): JSX.Element | null {
  if (!source) {
    return null;
  }
  const { revision, ref, repository, path, dirty } = source;
  // What was asked for says more than the revision only where it is a name.
  const name = ref && ref !== 'HEAD' && !revision.startsWith(ref) ? ref : '';
  const title = [revision, path, repository ?? ''].filter(Boolean).join('\n');
  return (
    <span className="jp-Slipway-releaseSource" title={title}>
      {trans.__('from')} <Revision revision={revision} />
      {name && ` (${name})`}
      {dirty && trans.__(', with uncommitted changes')}
    </span>
  );
}

/** The first digits, as git itself shows them. */
function Revision({ revision }: { revision: string }): JSX.Element {
  return <code>{revision.slice(0, 7)}</code>;
}

/** Whether there is a commit that holds the notebook. */
export function isCommitted(
  view: IWorkingTreeView | null | undefined
): view is IWorkingTreeView & { revision: string } {
  return !!view?.revision && !view.untracked;
}

/** The commit in full. */
function commitWords(view: IWorkingTreeView, trans: TranslationBundle): string {
  const { revision, subject, committed, repository, path } = view;
  return [
    revision ?? trans.__('Nothing has been committed yet.'),
    subject ?? '',
    committed === null ? '' : new Date(committed).toLocaleString(),
    path,
    repository ?? ''
  ]
    .filter(Boolean)
    .join('\n');
}

/** What differs from the last commit. */
function standingWords(
  view: IWorkingTreeView,
  isUnsaved: boolean,
  trans: TranslationBundle
): string {
  const { revision, differs, untracked, dirty } = view;
  if (!revision) {
    return trans.__('Nothing has been committed yet.');
  }
  if (untracked) {
    return trans.__('This notebook has never been committed.');
  }
  if (differs) {
    const words = dirty
      ? trans.__('The notebook and other files differ from it.')
      : trans.__('The notebook differs from it.');
    return isUnsaved
      ? `${words} ${trans.__('Some changes are not saved.')}`
      : words;
  }
  if (isUnsaved) {
    return dirty
      ? trans.__('The notebook has unsaved changes, and other files differ.')
      : trans.__('The notebook has unsaved changes.');
  }
  return dirty
    ? trans.__('The notebook is as committed; other files differ.')
    : trans.__('The notebook is as committed.');
}
