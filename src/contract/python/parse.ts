import type { Tree } from '@lezer/common';
import { parser } from '@lezer/python';

import { bridgeGaps } from './grammar-gaps';
import { syntaxFaults } from './grammar/check';
import type { ISyntaxFault } from './grammar/fault';
import { indentationError } from './indentation';
import { lex } from './lexer';
import { inventoryOf } from './inventory';
import type { IInventory } from './inventory';
import type { ILexed, ILexicalError, IMagic } from './lexer';
import {
  automagic,
  cellMagic,
  isNamingLine,
  maskAutomagic,
  maskLine,
  namesOfLine
} from './magics';
import type { IAutomagic, ICellMagic } from './magics';
import { python2Error } from './python2';

/** A cell of code, parsed. Offsets of the tree are offsets of the cell's source. */
export interface IParsedCell {
  source: string;
  tree: Tree;
  inventory: IInventory;
  /** Starts of expressions that are targets, though the tree has them as values. */
  targets: ReadonlySet<number>;
  /** The cell magic that begins it. */
  magic?: ICellMagic;
  /** The magic without `%` that it is, or would be if no variable had its name. */
  automagic?: string;
  /** Whether it was read as that magic. */
  isAutomagic: boolean;
  /** Lines, and values of assignments, that are IPython's: magics, shell commands, help. In order. */
  magics: ReadonlyArray<IMagic>;
  /** Names that magics make. */
  magicNames: ReadonlyArray<string>;
  /** Whether magics may make names that nobody can see. */
  isOpaque: boolean;
  /** Whether it is too long or too deep to be read; its tree is empty then. */
  isUnread: boolean;
  /** What the tokenizer found wrong. */
  lexicalError?: ILexicalError;
  /** The first place that the grammar does not take. */
  error?: { from: number; to: number };
  /** What Python itself does not take, where its lines can be told. */
  faults: ReadonlyArray<ISyntaxFault>;
}

/** Above this many UTF-16 units, a cell holds data and no program: reading it would stop the typing. */
const LONGEST = 100_000;

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
    magics: [],
    magicNames: [],
    isOpaque: false,
    isAutomagic: false,
    faults: []
  };
}

function parse(source: string, bare?: IAutomagic): IParsedCell {
  const magic = cellMagic(source);
  const foreign = magic ? !magic.isPython : !bare && isPrompted(source);
  const text = foreign
    ? blank(source)
    : joinLines(blank(source, magic?.to ?? 0));
  const lexed = bare ? lexedMagic(bare) : lex(text);
  const { lines, magics, joints } = lexed;
  if (lexed.depth > DEEPEST) {
    return unread(source);
  }
  const { patches, targets } = bridgeGaps(lines);
  const magicNames = [...(magic?.names ?? [])];
  let isOpaque = magic ? magic.isOpaque : foreign;
  for (const { from, to } of magics) {
    const line = `${bare ? '%' : ''}${text.slice(from, to)}`;
    isOpaque ||= isNamingLine(line);
    magicNames.push(...namesOfLine(line));
    patches.push({
      from,
      text: bare ? maskAutomagic(line) : maskLine(line)
    });
  }
  patches.push(
    ...joints.map(from => ({ from, text: '  ' })),
    ...lexed.gaps.map(({ from, to }) => ({ from, text: ' '.repeat(to - from) }))
  );
  const tree = parser.parse(endInLines(applyPatches(text, patches)));
  const inventory = inventoryOf(tree);
  const { error } = inventory;
  const indentation = indentationError(
    text,
    lexed,
    (magic ?? bare) !== undefined
  );
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
    magic,
    magics,
    magicNames,
    isOpaque,
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

/** Text that is pasted with prompts or indented as a whole: IPython takes it, and changes its columns. */
function isPrompted(source: string): boolean {
  // The first line that is neither empty nor a comment further in.
  for (let start = 0; start < source.length;) {
    const end = source.indexOf('\n', start);
    const line = source.slice(start, end < 0 ? source.length : end);
    const text = line.trimStart();
    const isIndented = text.length < line.length;
    if (text !== '' && !(isIndented && text.startsWith('#'))) {
      return isIndented || /^(?:>>> |In \[\d+\]: )/.test(text);
    }
    start += line.length + 1;
  }
  return false;
}

/** Spaces in place of everything up to `end`, lines kept. */
function blank(source: string, end = source.length): string {
  return source.slice(0, end).replace(/[^\n]/g, ' ') + source.slice(end);
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
