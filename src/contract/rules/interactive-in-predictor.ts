import { matchingCalls } from '../analysis/calls';
import { servedCells, servedRegionAt } from '../analysis/served-regions';
import type { IRule } from './rule';
import { pathText, quote } from './text';

type Kind = 'shows' | 'asks' | 'shell';

const CALLS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['display', 'shows'],
  ['IPython.display.display', 'shows'],
  ['IPython.core.display.display', 'shows'],
  ['IPython.display.clear_output', 'shows'],
  ['matplotlib.pyplot.show', 'shows'],
  ['pylab.show', 'shows'],
  ['tqdm.notebook.tqdm', 'shows'],
  ['tqdm.notebook.trange', 'shows'],
  ['tqdm.notebook.tqdm_notebook', 'shows'],
  ['tqdm.tqdm_notebook', 'shows'],
  ['tqdm.tnrange', 'shows'],
  ['input', 'asks'],
  ['raw_input', 'asks'],
  ['getpass.getpass', 'asks'],
  ['breakpoint', 'asks'],
  ['pdb.set_trace', 'asks'],
  ['IPython.core.debugger.set_trace', 'asks'],
  ['get_ipython', 'shell'],
  ['IPython.get_ipython', 'shell']
]);

const REASONS: { [kind in Kind]: string } = {
  shows: 'nobody looks at a service',
  asks: 'nobody answers at a service',
  shell: 'there is no IPython in a service'
};

const LAST_WORDS = new Set(
  [...CALLS.keys()].map(path => path.split('.').pop())
);

const find = matchingCalls(
  // A widget may have any name.
  word => LAST_WORDS.has(word) || /^[A-Z]|^interact/.test(word)
);

export const interactiveInPredictor: IRule = {
  code: 'SLP303',
  name: 'interactive-in-predictor',
  severity: 'warning',
  summary:
    'A magic, or what shows or asks something, runs for each prediction.',
  *check(notebook) {
    for (const cell of servedCells(notebook)) {
      const { index: cellIndex, source } = cell;
      for (const { from, to } of cell.magics) {
        const region = servedRegionAt(notebook, cell, from);
        if (region) {
          const line = source.slice(from, to);
          yield {
            message: `${pathText(region.path)} runs ${quote(line)}, but ${REASONS.shell}. Write it in Python, or leave it out.`,
            cellIndex,
            range: { from, to }
          };
        }
      }
      for (const { call, path } of find(cell, notebook)) {
        const { from } = call.node;
        const kind =
          CALLS.get(path) ?? (/^ipywidgets\./.test(path) ? 'shows' : undefined);
        const region = kind && servedRegionAt(notebook, cell, from);
        if (region) {
          const to = call.node.firstChild?.to ?? call.node.to;
          yield {
            message: `${pathText(region.path)} calls ${quote(source.slice(from, to))}, but ${REASONS[kind]}. Leave it out of what a prediction runs.`,
            cellIndex,
            range: { from, to }
          };
        }
      }
    }
  }
};
