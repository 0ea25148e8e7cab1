import { Clipboard } from '@jupyterlab/apputils';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

interface ICopyButtonProps {
  /** What it copies, for the tooltip and for screen readers. */
  label: string;
  /** The text, or what fetches it. */
  text: () => string | Promise<string>;
  onError?: (error: unknown) => void;
}

/** Copies a text and says so for a moment. */
export function CopyButton({
  label,
  text,
  onError
}: ICopyButtonProps): JSX.Element {
  const [isDone, setDone] = React.useState(false);
  React.useEffect(() => {
    if (!isDone) {
      return;
    }
    const timer = window.setTimeout(() => setDone(false), 1500);
    return () => window.clearTimeout(timer);
  }, [isDone]);
  const copy = async () => {
    try {
      Clipboard.copyToSystem(await text());
      setDone(true);
    } catch (error) {
      onError?.(error);
    }
  };
  const Icon = isDone ? checkIcon : copyIcon;
  return (
    <button
      type="button"
      className="jp-Slipway-iconButton"
      title={label}
      aria-label={label}
      onClick={() => void copy()}
    >
      <Icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}
