/**
 * Says what of a cell Python does not take: what its parser refuses, and most of what only its compiler does.
 *
 * The tree that the rules read comes from a grammar made for editors, which takes more than Python does. This one
 * keeps no tree. It is compared with Python in the tests, on code that is right and on code that is not.
 */

import type { ILexed } from '../lexer';
import { BlockParser } from './blocks';
import { moduleScope } from './context';
import { Fault } from './fault';
import type { ISyntaxFault } from './fault';

/** The first fault that all versions have, and those before it that only older ones have. */
export function syntaxFaults(
  source: string,
  text: string,
  lexed: ILexed
): ISyntaxFault[] {
  const conditional: ISyntaxFault[] = [];
  try {
    checkCharacters(source, text, lexed);
    new BlockParser(text, moduleScope(), conditional).run(lexed);
  } catch (error) {
    if (error instanceof Fault) {
      conditional.push(error.fault);
    } else {
      throw error;
    }
  }
  const { longField } = lexed;
  if (longField) {
    conditional.unshift({
      ...longField,
      until: [3, 12],
      message:
        'A field of a string in single quotes cannot go on in the next line before Python 3.12. Use three quotes, or join the lines.'
    });
  }
  return conditional;
}

function checkCharacters(source: string, text: string, lexed: ILexed): void {
  const nul = source.indexOf('\0');
  if (nul >= 0) {
    throw new Fault({
      from: nul,
      to: nul + 1,
      message: 'Python takes no NUL character in its source. Remove it.'
    });
  }
  if (source.startsWith('\ufeff')) {
    throw new Fault({
      from: 0,
      to: 1,
      message:
        'The cell begins with an invisible character, U+FEFF, that Python does not take. Remove it.'
    });
  }
  const joint = lexed.joints[lexed.joints.length - 1];
  if (joint !== undefined && joint + 2 >= text.length) {
    throw new Fault({
      from: joint,
      to: joint + 1,
      message:
        'Nothing follows this backslash, which goes on with the statement in the next line. Remove it.'
    });
  }
}
