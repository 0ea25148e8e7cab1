import type { SyntaxNode } from '@lezer/common';

import { dotted, isGlobalUse } from '../analysis/calls';
import { fileUsesOf } from '../analysis/files';
import type { IFileUse } from '../analysis/files';
import { linksOf } from '../analysis/link';
import type { INotebookAnalysis } from '../analysis/notebook';
import { servedRegionAt } from '../analysis/served-regions';
import type { IRule } from './rule';
import { pathText, quote } from './text';

export const fileAtPrediction: IRule = {
  code: 'SLP307',
  name: 'file-at-prediction',
  severity: 'warning',
  summary: 'A file is read for each prediction.',
  *check(notebook) {
    for (const use of fileUsesOf(notebook)) {
      const { cell, call, node, text, kind } = use;
      const region = servedRegionAt(notebook, cell, call.node.from);
      if (kind !== 'read' || !region || !isOwn(use, notebook)) {
        continue;
      }
      const name = text?.isWhole ? quote(text.text) : 'a file';
      yield {
        message: `${pathText(region.path)} reads ${name} for each prediction, which takes time, and the service has that file only if a sample leads there. Read it in a cell, into a name that the function uses.`,
        cellIndex: cell.index,
        range: { from: node.from, to: node.to }
      };
    }
  }
};

/** Whether the notebook says which file it is, and not the sample. */
function isOwn(
  { node, text, cell }: IFileUse,
  notebook: INotebookAnalysis
): boolean {
  if (text) {
    return text.text !== '' && !/^\/(?:tmp|dev|proc|sys)\//.test(text.text);
  }
  const root = rootOf(node, cell.source);
  if (!root || !isGlobalUse(cell, root)) {
    return false;
  }
  const name = cell.source.slice(root.from, root.to);
  const origin = linksOf(notebook).final.get(name)?.event.origin;
  return origin?.kind === 'value';
}

/** The name that a path begins with, as in `DATA / "a.csv"`. */
function rootOf(node: SyntaxNode, source: string): SyntaxNode | undefined {
  const left = node.name === 'BinaryExpression' ? node.firstChild : node;
  if (left && left !== node) {
    return rootOf(left, source);
  }
  const name = dotted(node, source);
  return name?.words.every(word => !word.endsWith(')')) ? name.root : undefined;
}
