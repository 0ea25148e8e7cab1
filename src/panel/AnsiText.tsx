import Anser from 'anser';
import * as React from 'react';

/** Characters of one line that are shown; a line of a megabyte would stop the browser. */
const LONGEST = 4000;

/** Text with a terminal's colours, as JupyterLab's themes have them. Text only: nothing in it becomes markup. */
export const AnsiText = React.memo(function AnsiText({
  text
}: {
  text: string;
}): JSX.Element {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
  if (!shown.includes('\u001b')) {
    return <>{shown}</>;
  }
  return (
    <>
      {Anser.ansiToJson(shown, { use_classes: true, remove_empty: true }).map(
        (part, index) => (
          <span key={index} className={classes(part)}>
            {part.content}
          </span>
        )
      )}
    </>
  );
});

function classes(part: Anser.AnserJsonEntry): string | undefined {
  const found = [
    part.fg && !part.fg.includes('palette') ? `${part.fg}-fg` : '',
    part.bg && !part.bg.includes('palette') ? `${part.bg}-bg` : '',
    ...part.decorations.map(decoration => `ansi-${decoration}`)
  ].filter(Boolean);
  return found.length ? found.join(' ') : undefined;
}
