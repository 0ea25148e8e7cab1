import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';

/** One parameter of a function or lambda. */
export interface IParameter {
  kind: 'positional' | 'keyword' | 'star' | 'doubleStar';
  name: SyntaxNode;
  annotation?: SyntaxNode;
  default_?: SyntaxNode;
}

/** Reads a `ParamList`, in order. */
export function parametersOf(list: SyntaxNode | null): IParameter[] {
  const parameters: IParameter[] = [];
  let afterStar = false;
  let star = '';
  let before = '';
  for (const part of list ? children(list) : []) {
    const last = parameters[parameters.length - 1];
    if (part.name === '*' || part.name === '**') {
      star = part.name;
    } else if (part.name === ',') {
      afterStar ||= star === '*';
      star = '';
    } else if (before === 'AssignOp') {
      last.default_ = part;
    } else if (part.name === 'VariableName') {
      parameters.push({ kind: kindOf(star, afterStar), name: part });
    } else if (part.name === 'TypeDef' && last) {
      last.annotation = part;
    }
    before = part.name;
  }
  return parameters;
}

function kindOf(star: string, afterStar: boolean): IParameter['kind'] {
  if (star) {
    return star === '*' ? 'star' : 'doubleStar';
  }
  return afterStar ? 'keyword' : 'positional';
}

/** Why a call with exactly one positional argument fails; none where it works. */
export type ArityFault =
  | { kind: 'none' }
  | { kind: 'many'; names: SyntaxNode[] }
  | { kind: 'keyword'; names: SyntaxNode[] };

export function arityFault(
  parameters: ReadonlyArray<IParameter>
): ArityFault | undefined {
  const required = (kind: IParameter['kind']) =>
    parameters
      .filter(parameter => parameter.kind === kind && !parameter.default_)
      .map(({ name }) => name);
  const takesOne = parameters.some(
    ({ kind }) => kind === 'positional' || kind === 'star'
  );
  if (!takesOne) {
    return { kind: 'none' };
  } else if (required('positional').length > 1) {
    return { kind: 'many', names: required('positional') };
  } else if (required('keyword').length > 0) {
    return { kind: 'keyword', names: required('keyword') };
  }
  return undefined;
}
