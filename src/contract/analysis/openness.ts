import type { SyntaxNode } from '@lezer/common';

import type { Scope } from './scopes';

/** Functions through which code may make any global name. */
const NAMESPACES = /^(exec|globals|locals|vars)$/;

/** What only looks at the shell, or makes no names with it. */
const HARMLESS_SHELL = new RegExp(
  '^get_ipython\\(\\)\\s*\\.\\s*(?:' +
    'system|getoutput|set_custom_exc|config|kernel|display_formatter|' +
    '(?:run_line_)?magic\\(\\s*f?[\'"]%?(?!run|load\\b|loadpy|pylab|store|macro|recall|rerun)' +
    ')'
);

/** What only reads the dictionary of names that it is given. */
const READERS = /^(?:any|dict|dir|id|len|list|print|repr|set|sorted|str|sum)$/;

/** Methods of a dictionary that change it. */
const WRITERS = /^(?:update|setdefault|__setitem__)$/;

/** Whether the dictionary of names that a call returns is only read. */
function isRead(call: SyntaxNode, source: string): boolean {
  const parent = call.parent;
  switch (parent?.name ?? '') {
    case 'BinaryExpression':
    case 'ForStatement':
      return true;
    case 'MemberExpression': {
      const last = parent?.lastChild;
      if (last?.name === 'PropertyName') {
        return !WRITERS.test(source.slice(last.from, last.to));
      }
      const around = parent?.parent;
      return !(
        /^(?:Assign|Update|Delete|For)Statement$/.test(around?.name ?? '') &&
        around?.lastChild?.from !== parent?.from
      );
    }
    case 'ArgList': {
      const callee = parent?.parent?.firstChild;
      return callee
        ? READERS.test(source.slice(callee.from, callee.to))
        : false;
    }
    default:
      return false;
  }
}

/** What stands for the module itself, or for Python's own names, when its attributes are changed. */
const MODULES =
  /^(?:builtins|__builtins?__|__main__|sys\s*\.\s*modules\s*\[[^\]]*\])/;

/** Whether a target such as `a.b` is a name that code sees without the `a.`. */
export function changesModule(target: SyntaxNode, source: string): boolean {
  return (
    target.name === 'MemberExpression' &&
    /[b_s]/.test(source[target.from]) &&
    /^\s*[.[]/.test(source.slice(target.from, target.to).replace(MODULES, ''))
  );
}

/** Whether a function through which code may make names is no callee here: it may be called by another name. */
export function isNamespaceValue(
  node: SyntaxNode,
  source: string,
  scope: Scope
): boolean {
  const { from, to } = node;
  // All names are asked.
  if (to - from !== 4 && to - from !== 7) {
    return false;
  }
  const name = source.slice(from, to);
  return (
    (name === 'exec' || name === 'globals') &&
    !/^(?:CallExpression|MemberExpression)$/.test(node.parent?.name ?? '') &&
    scope.isGlobal(name)
  );
}

/** Whether a call may make global names that nobody can see. */
export function mayMakeNames(
  call: SyntaxNode,
  source: string,
  scope: Scope
): boolean {
  const callee = call.firstChild;
  const name = callee ? source.slice(callee.from, callee.to) : '';
  if (name === 'get_ipython') {
    return !HARMLESS_SHELL.test(source.slice(call.from, call.from + 120));
  } else if (name === 'setattr') {
    const list = call.getChild('ArgList');
    return MODULES.test(source.slice((list?.from ?? 0) + 1, list?.to).trim());
  } else if (name === 'eval') {
    return source.slice(call.from, call.to).includes(':=');
  } else if (!NAMESPACES.test(name) || !scope.isGlobal(name)) {
    return false;
  }
  if (name !== 'exec' && isRead(call, source)) {
    return false;
  }
  // Within a function, its own names are local ones; of an object, they are its attributes.
  const isOwn = name === 'locals' || name === 'vars';
  const ofObject =
    name === 'vars' && !/\(\s*\)$/.test(source.slice(call.from, call.to));
  return !isOwn || (!ofObject && scope.binding.kind === 'module');
}
