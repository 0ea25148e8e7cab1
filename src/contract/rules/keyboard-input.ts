import {
  callFinder,
  functionAround,
  isConditional,
  runsWith
} from '../analysis/calls';
import { servedRegionAt } from '../analysis/served-regions';
import type { IRule } from './rule';
import { cellName } from './text';

const find = callFinder(['input', 'raw_input', 'getpass.getpass']);

export const keyboardInput: IRule = {
  code: 'SLP304',
  name: 'keyboard-input',
  severity: 'error',
  summary: 'A cell waits for somebody to type something.',
  *check(notebook) {
    for (const each of notebook.code) {
      for (const { cell, call, path } of find(each, notebook)) {
        const { node } = call;
        const caller = runsWith(node, cell, notebook);
        if (!caller || servedRegionAt(notebook, cell, node.from)) {
          continue;
        }
        const by =
          functionAround(node) && caller.index !== cell.index
            ? `, and ${cellName(caller.index)} calls it`
            : '';
        yield {
          // What a branch leaves out does no harm.
          severity: isConditional(node) ? 'warning' : 'error',
          message: `\`${path}\` waits for somebody to type${by}, but nobody does while a deployment runs the cells. Give the value in the cell, or read it from the environment.`,
          cellIndex: cell.index,
          range: { from: node.from, to: node.firstChild?.to ?? node.to }
        };
      }
    }
  }
};
