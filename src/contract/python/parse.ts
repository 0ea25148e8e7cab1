import type { Tree } from '@lezer/common';
import { parser } from '@lezer/python';

import { bridgeGaps } from './grammar-gaps';
import { syntaxFaults } from './grammar/check';
import type { ISyntaxFault } from './grammar/fault';
import { indentationError } from './indentation';
import { emptied, unindented } from './margins';
import { lex } from './lexer';
import { inventoryOf } from './inventory';
import type { IInventory } from './inventory';
import type { ILexed, ILexicalError, IMagic } from './lexer';
import {
  automagic,
  cellMagic,
  markOf,
  maskAutomagic,
  maskLine,
  pythonOf
} from './magics';
import type { IAutomagic, ICellMagic, IMark } from './magics';
import type { IRange } from '../types';
import { python2Error } from './python2';

/** A cell of code, parsed. Offsets of the tree are offsets of the cell's source. */
export interface IParsedCell {
  source: string;
  tree: Tree;
  inventory: IInventory;
  /** Starts of expressions that are targets, though the tree has them as values. */
  targets: ReadonlySet<number>;
  /** Starts of names that a `:=` gives a value, though the tree has them as parts of an operation. */
  walruses: ReadonlySet<number>;
  /** The cell magic that begins it. */
  magic?: ICellMagic;
  /** The magic without `%` that it is, or would be if no variable had its name. */
  automagic?: string;
  /** Whether it was read as that magic. */
  isAutomagic: boolean;
  /** Lines, and values of assignments, that are IPython's: magics, shell commands, help. In order. */
  magics: ReadonlyArray<IMagic>;
  /** What magics do to names, by the start of what stands in for them in the tree. */
  marks: ReadonlyMap<number, IMark>;
  /** Names that the cell magic makes. */
  magicNames: ReadonlyArray<string>;
  /** Whether the cell magic may make names that nobody can see. */
  isOpaque: boolean;
  /** Whether the names of the cell are its own. */
  isLocal: boolean;
  /** Whether it is too long or too deep to be read; its tree is empty then. */
  isUnread: boolean;
  /** The first statement, where only some versions of IPython take its indentation. */
  uneven?: IRange;
  /** What the tokenizer found wrong. */
  lexicalError?: ILexicalError;
  /** The first place that the grammar does not take. */
  error?: { from: number; to: number };
  /** What Python itself does not take, where its lines can be told. */
  faults: ReadonlyArray<ISyntaxFault>;
}

/** Above this many UTF-16 units, a cell holds data and no program: reading it would stop the typing. */
const LONGEST = 100_000;

/** Above this many, what is no Python is not read further. */
const LONG = 10_000;

/** Python itself takes no more brackets within each other. */
const DEEPEST = 200;

/** Parses one cell. Never throws. `isVariable`: whether a magic of that name, which the cell may be, is a variable. */
export function parseCell(
  source: string,
  isVariable: (name: string) => boolean = () => false
): IParsedCell {
  if (source.length > LONGEST) {
    return unread(source);
  }
  try {
    const bare = automagic(source);
    return bare && !isVariable(bare.name)
      ? parse(source, bare)
      : { ...parse(source), automagic: bare?.name };
  } catch (error) {
    if (error instanceof RangeError) {
      // Nested deeper than the stack.
      return unread(source);
    }
    throw error;
  }
}

function unread(source: string): IParsedCell {
  return {
    source,
    tree: parser.parse(''),
    inventory: { calls: [], imports: [] },
    isUnread: true,
    targets: new Set(),
    walruses: new Set(),
    magics: [],
    marks: new Map(),
    magicNames: [],
    isOpaque: false,
    isAutomagic: false,
    isLocal: false,
    faults: []
  };
}

function parse(source: string, bare?: IAutomagic): IParsedCell {
  const whole = unindented(source);
  const magic = cellMagic(whole.text);
  const body = magic ? unindented(emptied(whole.text, magic.to)) : whole;
  const text = magic && !magic.isPython ? '' : joinLines(body.text);
  const lexed = bare ? lexedMagic(bare) : lex(text);
  const { lines, magics, joints } = lexed;
  if (lexed.depth > DEEPEST) {
    return unread(source);
  }
  if (text.length > LONG) {
    const faults = lexed.error ? [] : syntaxFaults(source, text, lexed);
    const error = lexed.error ?? faults.find(({ until }) => !until);
    if (error) {
      // The grammar takes long to make sense of it.
      return {
        ...unread(source),
        isUnread: false,
        lexicalError: lexed.error,
        faults,
        error
      };
    }
  }
  const { patches, targets, walruses } = bridgeGaps(lines);
  const marks = new Map<number, IMark>();
  for (const { kind, from, to } of magics) {
    const line = `${bare ? '%' : ''}${text.slice(from, to)}`;
    const python = pythonOf(line);
    const start = (python?.start ?? 0) - (bare ? 1 : 0);
    const mark = python ? undefined : markOf(line, { from, to });
    if (mark) {
      marks.set(from, mark);
    } else if (python?.isLocal) {
      marks.set(from + start, { kind: 'local' });
    }
    if (python && kind === 'line') {
      // The line begins where its Python does, as far in as the magic stood.
      const begin = text.lastIndexOf('\n', from - 1) + 1;
      const lines = '\n'.repeat(start);
      patches.push({ from: begin, text: lines + text.slice(begin, from) });
    } else {
      patches.push({
        from,
        text: bare ? maskAutomagic(line) : maskLine(line)
      });
    }
  }
  patches.push(
    ...joints.map(from => ({ from, text: '  ' })),
    ...lexed.gaps.map(({ from, to }) => ({ from, text: ' '.repeat(to - from) }))
  );
  const tree = parser.parse(endInLines(applyPatches(text, patches)));
  const inventory = inventoryOf(tree);
  const { error } = inventory;
  const indentation = indentationError(text, lexed);
  // A line that is wrong itself often makes the next one look badly indented.
  const isConsequence =
    error &&
    indentation &&
    indentation.kind !== 'block' &&
    error.from < indentation.from;
  const lexicalError =
    lexed.error ??
    (isConsequence ? undefined : indentation) ??
    (error ? undefined : python2Error(lines));
  const faults = lexicalError ? [] : syntaxFaults(source, text, lexed);
  return {
    source,
    tree,
    inventory,
    isUnread: false,
    targets,
    walruses,
    magic,
    magics,
    marks,
    magicNames: magic?.names ?? [],
    isOpaque: magic?.isOpaque ?? false,
    isLocal: magic?.isLocal ?? false,
    uneven: whole.uneven ?? (magic?.isPython ? body.uneven : undefined),
    automagic: bare?.name,
    isAutomagic: bare !== undefined,
    // The grammar may be wrong about what comes first.
    lexicalError: lexicalError ?? (faults.length ? undefined : indentation),
    faults,
    error
  };
}

function lexedMagic({ from, to }: IAutomagic): ILexed {
  return {
    lines: [],
    magics: [{ kind: 'line', from, to }],
    joints: [],
    gaps: [],
    depth: 0
  };
}

/** Line ends as Python sees them, at the same offsets. */
function joinLines(text: string): string {
  // Before a line's first word, a form feed begins it anew.
  const source = text.includes('\f')
    ? text.replace(/^[ \t\f]*\f/gm, spaces => '\n'.repeat(spaces.length))
    : text;
  return source.includes('\r')
    ? source
        .replace(/\\\r\n/g, ' \\\n')
        .replace(/\r\n/g, ' \n')
        .replace(/\r/g, '\n')
    : source;
}

function applyPatches(
  text: string,
  patches: { from: number; text: string }[]
): string {
  if (patches.length === 0) {
    return text;
  }
  let result = '';
  let at = 0;
  for (const patch of patches.sort((a, b) => a.from - b.from)) {
    if (patch.from >= at) {
      result += text.slice(at, patch.from) + patch.text;
      at = patch.from + patch.text.length;
    }
  }
  return result + text.slice(at);
}

/** The grammar sometimes takes spaces on the last line for a block that it does not expect. */
function endInLines(text: string): string {
  let end = text.length;
  while (end > 0 && /[ \t\n]/.test(text[end - 1])) {
    end--;
  }
  return text.slice(0, end) + '\n'.repeat(text.length - end);
}
