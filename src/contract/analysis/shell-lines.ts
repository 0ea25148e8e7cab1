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

const INSTALLING_MAGIC = /^%(?=(?:pip|conda|mamba|micromamba|uv)\b)/;
const SHELL_MAGIC = /^(?:!!?|%(?:sx|system)\b)/;

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
  const commands = commandsOf(text.replace(/\\\n/g, ' '));
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
  const pattern = /(?:[^\n\\]|\\[^])+/g;
  pattern.lastIndex = start;
  for (let match = pattern.exec(source); match; match = pattern.exec(source)) {
    const [text] = match;
    const from = match.index + (text.length - text.trimStart().length);
    const to = match.index + text.trimEnd().length;
    if (to > from && source[from] !== '#') {
      lines.push(readLine(source.slice(from, to), from, to, 'cell'));
    }
  }
  return lines;
}

/** `pip install x` without `%`: Python does not know it, IPython does. */
function automagicOf({ source, error }: ICodeCell): IShellLine | undefined {
  if (!error) {
    return undefined;
  }
  const match =
    /^([ \t]*)((?:pip|conda|mamba|micromamba|uv pip)[ \t]+install\b[^\n]*?)[ \t\r]*$/m.exec(
      source
    );
  if (!match) {
    return undefined;
  }
  const from = match.index + match[1].length;
  const to = from + match[2].length;
  return readLine(match[2], from, to, 'magic');
}
