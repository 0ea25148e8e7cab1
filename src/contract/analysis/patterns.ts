import type { SyntaxNode } from '@lezer/common';

import { children } from '../python/tree';
import type { NameRecorder } from './recorder';

/** Binds the names that a pattern of `case` captures, and uses those it compares with. */
export function bindPattern(
  node: SyntaxNode,
  names: Pick<NameRecorder, 'use' | 'bind'>
): void {
  const parts = children(node);
  for (const [index, part] of parts.entries()) {
    if (part.name.endsWith('Pattern') || part.name === 'PatternArgList') {
      bindPattern(part, names);
    } else if (part.name === 'VariableName') {
      switch (node.name) {
        case 'CapturePattern':
        case 'AsPattern':
          names.bind(part);
          break;
        case 'KeywordPattern':
          break;
        default:
          // The first part of `a.b`, a class, or the key of a mapping.
          if (index === 0 || node.name === 'MappingPattern') {
            names.use(part);
          }
      }
    }
  }
}
