/** Trained models among the notebook's variables, as far as the source shows. */

import type { SyntaxNode } from '@lezer/common';

import { namesOfCell } from './cell-names';
import type { INameEvent } from './events';
import { linksOf } from './link';
import type { IPlace } from './link';
import { perCell } from './memo';
import type { ICodeCell, INotebookAnalysis } from './notebook';
import type { Places } from './places';

export interface IEstimator {
  name: string;
  kind: 'rows' | 'keras' | 'torch';
  /** Whether it is one of scikit-learn's own, and is trained. */
  isSklearn: boolean;
}

/** Modules whose classes answer with no prediction. */
const NO_MODELS =
  /^(?:sklearn\.(?:preprocessing|metrics|datasets|feature_extraction|feature_selection|decomposition|impute|compose|manifold|random_projection|model_selection\.\w*(?:Fold|Split|Out))|torch\.(?:optim|utils|nn\.\w*Loss\b)|(?:tensorflow\.)?keras\.(?:optimizers|layers|losses|metrics|callbacks|preprocessing|utils|datasets|regularizers|initializers))\b/;

const MODELS: ReadonlyArray<readonly [IEstimator['kind'], RegExp]> = [
  ['rows', /^sklearn\.(?:\w+\.)*(?:[A-Z]\w*|make_pipeline)$/],
  ['rows', /^(?:xgboost|lightgbm|catboost|imblearn)\.(?:\w+\.)*[A-Z]\w*$/],
  ['rows', /^lightgbm\.train$/],
  ['rows', /^statsmodels\.(?:\w+\.)*(?:[A-Z]\w*|ols|logit|glm|poisson)$/],
  ['rows', /^(?:joblib|pickle|cloudpickle|dill)\.load$/],
  [
    'keras',
    /^(?:tensorflow\.)?keras\.(?:\w+\.)*(?:Sequential|Model|load_model)$/
  ],
  [
    'torch',
    /^(?:torch\.(?:load|jit\.\w+|nn\.Sequential)|torchvision\.models\.\w+)$/
  ]
];

/** The last one, of those that are trained if there are such. */
export function estimatorOf(
  notebook: INotebookAnalysis
): IEstimator | undefined {
  const { final } = linksOf(notebook);
  const { code } = notebook;
  let other: IEstimator | undefined;
  for (let index = code.length - 1; index >= 0; index--) {
    for (const { event, text, isFitted } of madeIn(code[index])) {
      const { name } = event;
      const path = pathOf(text, final);
      const kind = kindOf(path, final);
      if (final.get(name)?.event !== event || !kind) {
        continue;
      }
      const isTrained =
        isFitted || code.some(cell => trainedIn(cell).has(name));
      const isSklearn = path.startsWith('sklearn.') && isTrained;
      if (isTrained) {
        return { name, kind, isSklearn };
      }
      other ??= { name, kind, isSklearn };
    }
  }
  return other;
}

interface IMade {
  event: INameEvent;
  /** What is called. */
  text: string;
  isFitted: boolean;
}

/** Names that get what a call makes, the last one first. */
const madeIn = perCell((cell): IMade[] =>
  [...namesOfCell(cell).last.values()]
    .flatMap(event => {
      const { origin } = event;
      const [value, ...more] = origin?.kind === 'value' ? origin.nodes : [];
      const made = value && more.length === 0 && makerOf(value, cell);
      return made ? [{ event, ...made }] : [];
    })
    .sort((a, b) => b.event.from - a.event.from)
);

/** Names whose training some line asks for. */
const trainedIn = perCell(({ source }): Set<string> => {
  const calls = source.matchAll(
    /(?<![\w.])(\w+)\.(?:fit|train|load_state_dict)\(/g
  );
  return new Set([...calls].map(([, name]) => name));
});

/** What is called to make a value, behind calls such as `.fit(…)` of what it made. */
function makerOf(
  value: SyntaxNode,
  { source }: ICodeCell
): { text: string; isFitted: boolean } | undefined {
  let isFitted = false;
  let node = value;
  while (node.name === 'CallExpression' && node.firstChild) {
    const callee = node.firstChild;
    const owner = callee.name === 'MemberExpression' ? callee.firstChild : null;
    if (owner?.name !== 'CallExpression') {
      const text = source.slice(callee.from, callee.to).replace(/\s/g, '');
      const isMethod = /^(\w+)\.fit$/.exec(text);
      return /^\w+(?:\.\w+)*$/.test(text)
        ? { text: isMethod ? isMethod[1] : text, isFitted }
        : undefined;
    }
    const method = callee.lastChild;
    isFitted ||=
      method !== null && source.slice(method.from, method.to) === 'fit';
    node = owner;
  }
  return undefined;
}

/** The dotted path of an expression, its import followed; a name of the notebook is its own. */
function pathOf(text: string, final: Places): string {
  const [root, ...rest] = text.split('.');
  const origin = final.get(root)?.event.origin;
  return [origin?.kind === 'import' ? origin.path : root, ...rest].join('.');
}

function kindOf(path: string, final: Places): IEstimator['kind'] | undefined {
  const place = final.get(path);
  if (place?.event.origin?.kind === 'class') {
    return isModule(place, place.event) ? 'torch' : undefined;
  }
  return NO_MODELS.test(path)
    ? undefined
    : MODELS.find(([, pattern]) => pattern.test(path))?.[0];
}

/** Whether a class of the notebook is one of PyTorch's modules. */
function isModule({ cell }: IPlace, { origin }: INameEvent): boolean {
  const bases =
    origin?.kind === 'class' ? origin.node.getChild('ArgList') : null;
  return (
    bases !== null &&
    /\b(?:nn\.Module|LightningModule)\b/.test(
      cell.source.slice(bases.from, bases.to)
    )
  );
}

/** The name under which a module is imported at the top level. */
export function aliasOf(
  notebook: INotebookAnalysis,
  module: string
): string | undefined {
  for (const [name, { event }] of linksOf(notebook).final) {
    if (event.origin?.kind === 'import' && event.origin.path === module) {
      return name;
    }
  }
  return undefined;
}
