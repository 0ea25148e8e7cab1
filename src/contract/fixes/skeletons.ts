/** Functions of the contract to begin with, made for what the notebook has. */

import { aliasOf, estimatorOf } from '../analysis/estimators';
import type { IEstimator } from '../analysis/estimators';
import { definitionsOf } from '../analysis/functions';
import { linksOf } from '../analysis/link';
import type { INotebookAnalysis } from '../analysis/notebook';
import { arityFault, parametersOf } from '../analysis/parameters';
import type { IFix } from '../types';
import { plainFix } from './requirement-repairs';

/** Names that authors give to what predicts. */
const PREDICTS =
  /^(?:predict|score|infer|inference|classify|forecast|recommend)(?:_(?:one|single|sample|fn))?$/;

export function predictorFixes(notebook: INotebookAnalysis): IFix[] {
  const estimator = estimatorOf(notebook);
  const functions = functionsLikePredictor(notebook).map(name =>
    cellFix(notebook, `Use ${name} as predictor`, `predictor = ${name}`)
  );
  if (!estimator) {
    return [...functions, cellFix(notebook, 'Add a predictor', PLAIN)];
  }
  const { name } = estimator;
  const predictor = predictorText(notebook, estimator);
  const alone = cellFix(
    notebook,
    `Add a predictor that asks ${name}`,
    predictor
  );
  if (definitionsOf(notebook, 'validator').length > 0) {
    return [...functions, alone];
  }
  return [
    ...functions,
    alone,
    cellFix(
      notebook,
      `Add a predictor that asks ${name}, and a validator`,
      `${predictor}\n\n\n${validatorText(estimator)}`
    )
  ];
}

/** A fix that adds a cell at the end, where all names have their values. */
function cellFix(
  { cells }: INotebookAnalysis,
  title: string,
  source: string
): IFix {
  return plainFix(title, false, () => [
    { kind: 'insert', cellIndex: cells.length, source }
  ]);
}

/** Top-level functions of one sample whose names say that they predict; the last one first. */
function functionsLikePredictor(notebook: INotebookAnalysis): string[] {
  const names: string[] = [];
  for (const [name, { event }] of linksOf(notebook).final) {
    const { origin } = event;
    if (
      PREDICTS.test(name) &&
      origin?.kind === 'function' &&
      !arityFault(parametersOf(origin.node.getChild('ParamList')))
    ) {
      names.unshift(name);
    }
  }
  return names;
}

const PLAIN = `def predictor(x):
    # x is one sample, as the JSON of a request has it: return its prediction.
    raise NotImplementedError`;

function predictorText(
  notebook: INotebookAnalysis,
  { name, kind }: IEstimator
): string {
  switch (kind) {
    case 'keras': {
      const numpy = aliasOf(notebook, 'numpy');
      const head = numpy ? '' : 'import numpy as np\n\n\n';
      return `${head}def predictor(x):\n    return ${name}.predict(${numpy ?? 'np'}.array([x]), verbose=0)[0]`;
    }
    case 'torch': {
      const torch = aliasOf(notebook, 'torch');
      const head = torch ? '' : 'import torch\n\n\n';
      const alias = torch ?? 'torch';
      return `${head}${name}.eval()\n\n\ndef predictor(x):\n    with ${alias}.no_grad():\n        return ${name}(${alias}.tensor([x], dtype=${alias}.float32))[0].tolist()`;
    }
    case 'rows':
      return `def predictor(x):\n    return ${name}.predict([x])[0]`;
  }
}

function validatorText({ name, isSklearn }: IEstimator): string {
  const length = isSklearn ? ` and len(x) == ${name}.n_features_in_` : '';
  return `def validator(x):\n    return isinstance(x, list)${length}`;
}
