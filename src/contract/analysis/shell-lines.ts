/** The lines of a cell that run in a shell, and what they run. */

import { commandsOf, installationOf, isLooking } from '../python/shell';
import type { ICommand, IInstallation } from '../python/shell';
import { perCell } from './memo';
import type { ICodeCell } from './notebook';

export interface IShellLine {
  from: number;
  to: number;
  /** As IPython has it: `line` and `value` are `!` and the like, `magic` is `%pip`, `cell` a line under `%%bash`. */
  kind: 'line' | 'value' | 'magic' | 'cell';
  commands: ReadonlyArray<ICommand>;
  installations: ReadonlyArray<IInstallation>;
  /** Whether it does more than show something; installing apart. */
  isActive: boolean;
}

const SHELL_CELLS = /^(?:!|bash|sh|zsh|cmd|sx|system|script)$/;

// Alone in a cell, they need no `%`.
const INSTALLING_MAGIC = /^%?(?=(?:pip|conda|mamba|micromamba|uv)\b(?!\s*\?))/;
const SHELL_MAGIC = /^(?:!!?|%?(?:sx|system)\b)/;

/** In document order. */
export const shellLinesOf = perCell((cell): IShellLine[] => {
  const { source, magics, magic } = cell;
  const lines: IShellLine[] = [];
  for (const { kind, from, to } of magics) {
    const text = source.slice(from, to);
    const prefix = INSTALLING_MAGIC.exec(text) ?? SHELL_MAGIC.exec(text);
    if (prefix) {
      const isMagic = INSTALLING_MAGIC.test(text);
      lines.push(
        readLine(
          text.slice(prefix[0].length),
          from,
          to,
          isMagic ? 'magic' : kind
        )
      );
    }
  }
  if (magic && SHELL_CELLS.test(magic.name)) {
    lines.push(...bodyLines(cell, magic.to));
  }
  const automagic = automagicOf(cell);
  return automagic ? [...lines, automagic] : lines;
});

function readLine(
  text: string,
  from: number,
  to: number,
  kind: IShellLine['kind']
): IShellLine {
  // What is longer is no line that somebody wrote.
  const commands = commandsOf(text.slice(0, 4000).replace(/\\\r?\n/g, ' '));
  const installations = commands.flatMap(
    command => installationOf(command) ?? []
  );
  const isActive = commands.some(
    command => !isLooking(command) && !installationOf(command)
  );
  return { from, to, kind, commands, installations, isActive };
}

function bodyLines({ source }: ICodeCell, start: number): IShellLine[] {
  const lines: IShellLine[] = [];
  for (let at = start; at < source.length;) {
    const end = lineEnd(source, at);
    const text = source.slice(at, end);
    const from = at + (text.length - text.trimStart().length);
    const to = at + text.trimEnd().length;
    if (to > from && source[from] !== '#') {
      lines.push(readLine(source.slice(from, to), from, to, 'cell'));
    }
    at = end + 1;
  }
  return lines;
}

/** Where a line ends, those included that it goes on with behind a backslash. */
function lineEnd(source: string, at: number): number {
  let end = source.indexOf('\n', at);
  while (end > 0 && /\\\r?$/.test(source.slice(end - 2, end))) {
    end = source.indexOf('\n', end + 1);
  }
  return end < 0 ? source.length : end;
}

/** `pip install x` without `%`: Python does not know it, IPython does. */
function automagicOf({ source, error }: ICodeCell): IShellLine | undefined {
  if (!error) {
    return undefined;
  }
  const match =
    /^([ \t]*)((?:pip|conda|mamba|micromamba|uv pip)[ \t]+install\b[^\r\n]*)/m.exec(
      source
    );
  if (!match) {
    return undefined;
  }
  const from = match.index + match[1].length;
  const to = from + match[2].trimEnd().length;
  return readLine(match[2], from, to, 'magic');
}
