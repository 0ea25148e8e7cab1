import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { ReleaseLog } from '../deployments/log';
import type { Phase } from '../deployments/wire';
import { AnsiText } from './AnsiText';
import { CopyButton } from './CopyButton';
import { LineHeights } from './lineHeights';
import { phaseWord } from './words';

/** Height of a row in pixels; the style sheet says the same. A line that is too long takes several. */
const ROW = 17;
/** Lines above and below the visible ones that are drawn as well. */
const MARGIN = 20;

interface ILogViewProps {
  log: ReleaseLog;
  trans: TranslationBundle;
}

/** A log of any length: only the lines in sight are drawn. Follows the end until one scrolls up. */
export function LogView({ log, trans }: ILogViewProps): JSX.Element {
  const box = React.useRef<HTMLDivElement>(null);
  const drawn = React.useRef<HTMLDivElement>(null);
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  const [isFollowing, setFollowing] = React.useState(true);
  const [scroll, setScroll] = React.useState({ top: 0, height: 240 });
  const heights = React.useMemo(() => new LineHeights(ROW), [log]);

  React.useEffect(() => {
    const changed = () => redraw();
    log.changed.connect(changed);
    redraw();
    return () => {
      log.changed.disconnect(changed);
    };
  }, [log]);

  React.useEffect(() => {
    let width = box.current!.clientWidth;
    const observer = new ResizeObserver(() => {
      const { scrollTop, clientHeight, clientWidth } = box.current!;
      if (clientWidth !== width) {
        width = clientWidth;
        heights.clear();
      }
      setScroll({ top: scrollTop, height: clientHeight });
    });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, [heights]);

  const count = log.lineCount;
  const from = Math.max(0, heights.at(scroll.top, count) - MARGIN);
  const to = Math.min(
    count,
    heights.at(scroll.top + scroll.height, count) + 1 + MARGIN
  );
  const lines = log.lines(from, to);

  React.useLayoutEffect(() => {
    const isNews = [...drawn.current!.children].map((line, index) =>
      heights.set(from + index, (line as HTMLElement).offsetHeight)
    );
    if (isFollowing) {
      box.current!.scrollTop = box.current!.scrollHeight;
    }
    if (isNews.includes(true)) {
      redraw();
    }
  });

  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < 2 * ROW;
    // What the end moves away by, without anybody's doing, is no scrolling up.
    setFollowing(isAtEnd || (isFollowing && scrollTop >= scroll.top));
    setScroll({ top: scrollTop, height: clientHeight });
  };

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
        <div style={{ height: heights.between(0, from) }} />
        <div ref={drawn}>
          {lines.map((line, index) => (
            <div
              key={from + index}
              className={
                line.isHeading ? 'jp-Slipway-logHeading' : 'jp-Slipway-logLine'
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
        <div style={{ height: heights.between(to, count) }} />
      </div>
    </div>
  );
}
