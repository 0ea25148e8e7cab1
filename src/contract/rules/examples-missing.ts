import { examplesOf, sampleCallsOf } from '../analysis/samples';
import type { IExamples } from '../analysis/samples';
import { sampleFixes } from '../fixes/samples';
import { seenDefinitions } from '../analysis/written';
import type { IRule } from './rule';

const USE =
  'so nothing is compared before the service goes live, and its `curl` command has no real sample in it';

export const examplesMissing: IRule = {
  code: 'SLP131',
  name: 'examples-missing',
  severity: 'hint',
  summary: 'The notebook shows no sample that the service can be tested with.',
  *check(notebook) {
    const [predictor] = seenDefinitions(notebook, 'predictor').slice(-1);
    const { last } = examplesOf(notebook);
    if (
      !predictor ||
      last?.state === 'good' ||
      notebook.code.some(
        cell =>
          sampleCallsOf(cell).length > 0 ||
          // What cannot be read may show one.
          cell.error !== undefined ||
          cell.lexicalError !== undefined
      )
    ) {
      return;
    }
    const { cell, from, to } = last
      ? { cell: last.declaration.cell, ...placeOf(last) }
      : { cell: predictor.cell, ...predictor.event };
    const fixes = sampleFixes(notebook, predictor);
    yield {
      fixes,
      message: last
        ? reason(last.state)
        : `The notebook shows no sample, ${USE}. Declare \`examples\`, a literal list of samples, or call \`predictor\` with one at the top level of a cell.`,
      cellIndex: cell.index,
      range: { from, to }
    };
  }
};

function placeOf({ declaration: { name } }: IExamples) {
  return { from: name.from, to: name.to };
}

function reason(state: IExamples['state']): string {
  switch (state) {
    case 'empty':
      return `\`examples\` is empty, ${USE}. Put a sample into it, such as \`examples = [[0.5, 0.5]]\`.`;
    case 'notJson':
      return '`examples` has bytes, sets or complex numbers in it, for which JSON has no form, so it is ignored. Write samples as a request would have them.';
    case 'otherwise':
      return '`examples` is no list of samples, so it is ignored. Write one, such as `examples = [[0.5, 0.5]]`, or call `predictor` with a sample at the top level of a cell.';
    case 'unread':
    case 'good':
      return '`examples` is read without running the notebook, so it is ignored unless it is one literal list. Write the samples out, such as `examples = [[0.5, 0.5]]`.';
  }
}
