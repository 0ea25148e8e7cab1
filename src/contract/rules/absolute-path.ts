import { fileUsesOf } from '../analysis/files';
import type { IRule } from './rule';
import { quote } from './text';

const HOME = /^(?:~|\$HOME\b|\$\{HOME\}|%USERPROFILE%)/i;
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\|file:)/;

/** Directories and devices that are there wherever the notebook runs. */
const EVERYWHERE = /^\/(?:(?:tmp|var\/tmp|dev|proc|sys)(?:\/|$)|$)/;

export const absolutePath: IRule = {
  code: 'SLP305',
  name: 'absolute-path',
  severity: 'warning',
  summary: 'A file is named by an absolute path, or one in the home directory.',
  *check(notebook) {
    const seen = new Set<string>();
    for (const { text: known, kind, node } of fileUsesOf(notebook)) {
      // Where the home directory is may be asked without naming anything in it.
      const isQuestion =
        kind === 'look' &&
        known?.text === '~' &&
        !/^(?:Binary|Member)Expression$/.test(node.parent?.name ?? '');
      if (!known || isQuestion) {
        continue;
      }
      const { text, cell, start } = known;
      const isHome = HOME.test(text);
      const isAbsolute = ABSOLUTE.test(text) && !EVERYWHERE.test(text);
      // A constant that many calls use is one problem, where it is written.
      const key = `${cell.index} ${start.from}`;
      if ((!isHome && !isAbsolute) || seen.has(key)) {
        continue;
      }
      seen.add(key);
      const where = isHome
        ? 'is in the home directory of whoever runs the notebook'
        : 'is an absolute path, which another machine need not have';
      yield {
        message: `${quote(text)} ${where}. Put the file beside the notebook, and name it by a relative path.`,
        cellIndex: cell.index,
        range: { from: start.from, to: start.to }
      };
    }
  }
};
