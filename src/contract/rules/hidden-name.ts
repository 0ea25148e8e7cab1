import { argumentsOf, matchingCalls } from '../analysis/calls';
import type { IResolvedCall } from '../analysis/calls';
import { servedCells, servedRegionAt } from '../analysis/served-regions';
import type { IRule } from './rule';
import { pathText, quote } from './text';

const find = matchingCalls(word =>
  /^(?:globals|eval|exec|vars|getattr|import_module|__import__)$/.test(word)
);

export const hiddenName: IRule = {
  code: 'SLP311',
  name: 'hidden-name',
  severity: 'warning',
  summary: 'A prediction looks names up that its source does not show.',
  *check(notebook) {
    for (const cell of servedCells(notebook)) {
      for (const found of find(cell, notebook)) {
        const { from, to } = found.call.node;
        const region = servedRegionAt(notebook, cell, from);
        if (region && hides(found)) {
          const isModule = /import/.test(found.path);
          yield {
            message: isModule
              ? `${pathText(region.path)} imports a module by ${quote(cell.source.slice(from, to), 40)}, whose name nobody can see before it runs. Import it by its name, so that the service is sure to have it.`
              : `${pathText(region.path)} looks names up by ${quote(cell.source.slice(from, to), 40)}. A service has only those globals of the notebook that the function mentions: use their names, or a dict.`,
            cellIndex: cell.index,
            range: { from, to }
          };
        }
      }
    }
  }
};

function hides({ cell, call, path }: IResolvedCall): boolean {
  const { positional } = argumentsOf(call.node, cell);
  switch (path) {
    case 'globals':
      return true;
    case 'exec':
    case 'eval':
      // With a namespace of its own it sees no globals.
      return positional.length === 1;
    case 'vars':
    case 'getattr': {
      const [first] = positional;
      const text = first ? cell.source.slice(first.from, first.to) : '';
      return /^(?:__main__|sys\.modules\[\s*(?:['"]__main__['"]|__name__)\s*\])$/.test(
        text
      );
    }
    case 'importlib.import_module':
    case '__import__':
      return positional.length > 0 && !/String$/.test(positional[0].name);
    default:
      return false;
  }
}
