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
  const fg = colour(part.fg, part.fg_truecolor);
  const bg = colour(part.bg, part.bg_truecolor);
  const found = [
    fg ? `jp-Slipway-ansi-${fg}` : '',
    bg ? `jp-Slipway-ansiBack-${bg}` : '',
    ...part.decorations.map(decoration => `jp-Slipway-ansi-${decoration}`)
  ].filter(Boolean);
  return found.length ? found.join(' ') : undefined;
}

const COLOURS = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white'
];

/**
 * The nearest of the eight colours that themes can show; undefined for the text's own.
 *
 * #### Notes
 * IPython's tracebacks use the palette of 256, whose exact colours would be unreadable in one theme or the other.
 */
function colour(
  name: string | null,
  truecolor: string | null
): string | undefined {
  if (!name) {
    return undefined;
  }
  const palette = /^ansi-palette-(\d+)$/.exec(name);
  if (palette) {
    const cube = Number(palette[1]) - 16;
    return cube < 216
      ? nearest([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6])
      : undefined;
  }
  if (name === 'ansi-truecolor') {
    return nearest((truecolor ?? '').split(',').map(Number));
  }
  return name.replace(/^ansi-(bright-)?/, '');
}

/** Greys, which have no colour, are the text's own. */
function nearest(levels: number[]): string | undefined {
  const most = Math.max(...levels);
  if (most === Math.min(...levels)) {
    return undefined;
  }
  const bits = levels.map(level => (level > most / 2 ? 1 : 0));
  return COLOURS[bits[0] + 2 * bits[1] + 4 * bits[2]];
}
