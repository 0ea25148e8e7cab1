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
  } else if (!NAMESPACES.test(name) || !scope.isGlobal(name)) {
    return false;
  }
  if (name !== 'exec' && isRead(call, source)) {
    return false;
  }
  // Within a function, its own names are local ones.
  const isOwn = name === 'locals' || name === 'vars';
  return !isOwn || scope.binding.kind === 'module';
}
