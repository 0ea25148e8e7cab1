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
  // Within a function, its own names are local ones.
  const isOwn = name === 'locals' || name === 'vars';
  return !isOwn || scope.binding.kind === 'module';
}
