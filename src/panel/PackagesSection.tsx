import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IServedPackage, IServedPackages } from '../deployments/wire';
import { Sentence } from './ProblemCard';
import { packagesWords, size } from './words';

interface IPackagesSectionProps {
  packages: IServedPackages;
  /** Builds a new release that keeps these as well; undefined where the panel cannot. */
  keep?: (names: string[]) => void;
  trans: TranslationBundle;
}

/** Which packages the service has: one line, and when opened all of them with the reason for each. */
export function PackagesSection(
  props: IPackagesSectionProps
): JSX.Element | null {
  const { packages: served, keep, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  const [chosen, setChosen] = React.useState<ReadonlySet<string>>(new Set());
  if (served.packages.length === 0) {
    return null;
  }
  const kept = bySize(served.packages.filter(one => one.kept));
  const left = bySize(served.packages.filter(one => !one.kept));
  const choose = (name: string, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) {
      next.add(name);
    } else {
      next.delete(name);
    }
    setChosen(next);
  };
  return (
    <div className="jp-Slipway-packages">
      {served.fallback !== null && (
        <div
          className="jp-Slipway-problem jp-Slipway-fallback"
          data-severity="warning"
          role="note"
        >
          <div>
            {trans.__('The service has more packages than it seemed to need.')}
          </div>
          <div className="jp-Slipway-problemMessage">
            <Sentence text={served.fallback} />
          </div>
        </div>
      )}
      <details
        className="jp-Slipway-details"
        open={isOpen}
        onToggle={event => setOpen(event.currentTarget.open)}
      >
        <summary>{packagesWords(served, trans)}</summary>
        {isOpen && (
          <>
            <div
              className="jp-Slipway-packagesBox"
              role="region"
              aria-label={trans.__('Packages')}
              tabIndex={0}
            >
              {/* The roles are said because the style draws rows that are no table's. */}
              <table className="jp-Slipway-packagesTable" role="table">
                <thead className="jp-Slipway-forReaders" role="rowgroup">
                  <tr role="row">
                    <th role="columnheader">{trans.__('Package')}</th>
                    <th role="columnheader">{trans.__('Reason')}</th>
                    <th role="columnheader">{trans.__('Size')}</th>
                  </tr>
                </thead>
                <Group
                  title={trans.__('Kept: %1', kept.length)}
                  bytes={served.after}
                  packages={kept}
                  chosen={chosen}
                  trans={trans}
                />
                <Group
                  title={trans.__('Left out: %1', left.length)}
                  bytes={served.before - served.after}
                  packages={left}
                  chosen={chosen}
                  choose={keep && choose}
                  trans={trans}
                />
                {left.length > 0 && (
                  <tfoot role="rowgroup">
                    <Head
                      title={trans.__('Together: %1', served.packages.length)}
                      bytes={served.before}
                    />
                  </tfoot>
                )}
              </table>
            </div>
            {left.length > 0 && (
              <div className="jp-Slipway-packagesFoot">
                <span className="jp-Slipway-quiet">
                  <Sentence
                    text={
                      keep
                        ? trans.__(
                            'Tick what the service is to have all the same, now and later. In a terminal: `--keep NAME`.'
                          )
                        : trans.__(
                            'To keep one all the same, deploy it with `--keep NAME` in a terminal.'
                          )
                    }
                  />
                </span>
                {keep && chosen.size > 0 && (
                  <span className="jp-Slipway-actions">
                    <button
                      type="button"
                      className="jp-Dialog-button jp-mod-styled jp-mod-reject"
                      title={trans.__(
                        "Note it in the notebook's metadata and build a new release"
                      )}
                      onClick={() => keep([...chosen])}
                    >
                      {trans.__('Keep %1 and redeploy', chosen.size)}
                    </button>
                  </span>
                )}
              </div>
            )}
          </>
        )}
      </details>
    </div>
  );
}

interface IGroupProps {
  title: string;
  bytes: number;
  packages: ReadonlyArray<IServedPackage>;
  /** Names that are ticked. */
  chosen: ReadonlySet<string>;
  /** Undefined where nothing can be ticked. */
  choose?: (name: string, isChosen: boolean) => void;
  trans: TranslationBundle;
}

function Group(props: IGroupProps): JSX.Element | null {
  const { title, bytes, packages, chosen, choose, trans } = props;
  if (packages.length === 0) {
    return null;
  }
  return (
    <tbody role="rowgroup">
      <Head title={title} bytes={bytes} />
      {packages.map(one => (
        <tr
          key={one.name}
          className="jp-Slipway-package"
          role="row"
          data-package={one.name}
          data-kept={one.kept}
        >
          <th
            className="jp-Slipway-packageName"
            role="rowheader"
            aria-label={`${one.name} ${one.version}`}
          >
            {choose ? (
              <label title={trans.__('Keep %1', one.name)}>
                <input
                  type="checkbox"
                  checked={chosen.has(one.name)}
                  aria-label={trans.__('Keep %1', one.name)}
                  onChange={event => choose(one.name, event.target.checked)}
                />
                <Title {...one} />
              </label>
            ) : (
              <>
                <span className="jp-Slipway-packageMark" aria-hidden="true">
                  {one.kept && (
                    <checkIcon.react tag="span" width="14px" height="14px" />
                  )}
                </span>
                <Title {...one} />
              </>
            )}
          </th>
          <td className="jp-Slipway-packageReason" role="cell">
            <Sentence text={one.reason} />
          </td>
          <td className="jp-Slipway-packageSize" role="cell">
            {size(one.bytes)}
          </td>
        </tr>
      ))}
    </tbody>
  );
}

function Head({ title, bytes }: { title: string; bytes: number }): JSX.Element {
  return (
    <tr className="jp-Slipway-packagesHead" role="row">
      <th role="rowheader">{title}</th>
      <td role="cell" />
      <td className="jp-Slipway-packageSize" role="cell">
        {size(bytes)}
      </td>
    </tr>
  );
}

function Title({ name, version }: IServedPackage): JSX.Element {
  return (
    <span>
      {name} <span className="jp-Slipway-packageVersion">{version}</span>
    </span>
  );
}

/** The largest first; those of a size by name. */
function bySize(packages: ReadonlyArray<IServedPackage>): IServedPackage[] {
  return [...packages].sort(
    (a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name)
  );
}
