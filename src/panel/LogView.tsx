import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { ReleaseLog } from '../deployments/log';
import type { Phase } from '../deployments/wire';
import { AnsiText } from './AnsiText';
import { CopyButton } from './CopyButton';
import { phaseWord } from './words';

/** Height of a line in pixels; the style sheet says the same. */
const LINE = 17;
/** Lines above and below the visible ones that are drawn as well. */
const MARGIN = 20;

interface ILogViewProps {
  log: ReleaseLog;
  trans: TranslationBundle;
}

/** A log of any length: only the lines in sight are drawn. Follows the end until one scrolls up. */
export function LogView({ log, trans }: ILogViewProps): JSX.Element {
  const box = React.useRef<HTMLDivElement>(null);
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  const [isFollowing, setFollowing] = React.useState(true);
  const [scroll, setScroll] = React.useState({ top: 0, height: 240 });

  React.useEffect(() => {
    const changed = () => redraw();
    log.changed.connect(changed);
    redraw();
    return () => {
      log.changed.disconnect(changed);
    };
  }, [log]);

  const count = log.lineCount;
  React.useLayoutEffect(() => {
    if (isFollowing && box.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [count, isFollowing]);

  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    setScroll({ top: scrollTop, height: clientHeight });
    setFollowing(scrollHeight - scrollTop - clientHeight < 2 * LINE);
  };

  const from = Math.max(0, Math.floor(scroll.top / LINE) - MARGIN);
  const to = Math.ceil((scroll.top + scroll.height) / LINE) + MARGIN;
  const lines = log.lines(from, to);
  return (
    <div className="jp-Slipway-log">
      <div className="jp-Slipway-logBar">
        <label>
          <input
            type="checkbox"
            checked={isFollowing}
            onChange={event => setFollowing(event.target.checked)}
          />
          {trans.__('Follow')}
        </label>
        <span className="jp-Slipway-quiet">
          {trans._n('%1 line', '%1 lines', count)}
        </span>
        <CopyButton
          label={trans.__('Copy the whole log')}
          text={() => log.text()}
        />
      </div>
      {log.failure && (
        <div className="jp-Slipway-quiet" role="alert">
          {log.failure}
        </div>
      )}
      <div
        ref={box}
        className="jp-Slipway-logLines"
        role="log"
        aria-label={trans.__('Log')}
        tabIndex={0}
        onScroll={onScroll}
      >
        <div style={{ height: count * LINE, position: 'relative' }}>
          <div style={{ position: 'absolute', top: from * LINE }}>
            {lines.map((line, index) => (
              <div
                key={from + index}
                className={
                  line.isHeading
                    ? 'jp-Slipway-logHeading'
                    : 'jp-Slipway-logLine'
                }
              >
                {line.isHeading ? (
                  phaseWord(line.text as Phase, trans)
                ) : (
                  <AnsiText text={line.text} />
                )}
              </div>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}
