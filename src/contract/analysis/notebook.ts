import type { PythonVersion } from '../python/grammar/fault';
import { namesOfAutomagics } from '../python/magics';
import { parseCell } from '../python/parse';
import type { IParsedCell } from '../python/parse';
import { nameIn } from '../python/tree';
import { readRequirements } from '../requirements/reading';
import type { IRequirements } from '../requirements/reading';
import type { ICell, INotebookSource } from '../types';
import type { INameEvent } from './events';
import { BOUND } from './flow';
import type { IHeld } from './flow';
import type { Computed } from './memo';
import { collectNames } from './names';
import type { ICollectedNames } from './names';
import type { IWipe } from './recorder';

/** A cell of code with what it does to names. */
export interface ICodeCell extends IParsedCell {
  /** Position among all cells of the notebook, counted from 0. */
  index: number;
  /** In the order of evaluation. Of a cell that is not Python: every word in it, as a definition. */
  events: ReadonlyArray<INameEvent>;
  /** What is true of names behind its last statement. */
  states: ReadonlyMap<string, IHeld>;
  /** Names that magics take away, whichever cell made them. */
  wipes: ReadonlyArray<IWipe>;
  /** Names that hide a magic, which a cell below might be without `%`, and whether it makes them or takes them away. */
  shadows: ReadonlyArray<readonly [name: string, isMade: boolean]>;
  /** Shared by all cells of the same text. */
  readonly computed: Computed;
}

/** What the rules share, computed once per notebook. */
export interface INotebookAnalysis {
  readonly cells: ReadonlyArray<ICell>;
  /** The cells of code, in document order; none where the language is another. */
  readonly code: ReadonlyArray<ICodeCell>;
  /** As the notebook says; `python` where it does not. */
  readonly language: string;
  readonly isPython: boolean;
  /** Whether annotations are evaluated where they stand; undefined where the notebook does not say its version. */
  readonly evaluatesAnnotations: boolean | undefined;
  /** The version of its Python; undefined where the notebook does not say it. */
  readonly version: PythonVersion | undefined;
  readonly requirements: IRequirements;
  /** Names of the files and directories beside the notebook; undefined where nobody knows them. */
  readonly siblings: ReadonlyArray<string> | undefined;
  readonly computed: Computed;
}

/** Analyses one notebook again and again. It remembers its cells: most are the same from one keystroke to the next. */
export class NotebookAnalyser {
  analyse(source: INotebookSource): INotebookAnalysis {
    const language = source.language?.trim() || 'python';
    // Some kernels say `ipython` or `python3`; all of them run Python.
    const isPython = /^i?python[0-9.]*$/i.test(language);
    const code = isPython ? this._analyseCells(source.cells) : [];
    return {
      cells: source.cells,
      code,
      requirements: readRequirements(code),
      language,
      isPython,
      version: versionOf(source.languageVersion),
      siblings: source.siblings,
      computed: [],
      evaluatesAnnotations: evaluatesAnnotations(source.languageVersion)
    };
  }

  private _analyseCells(cells: ReadonlyArray<ICell>): ICodeCell[] {
    const last = this._last;
    let bySource: Map<string, ICodeCell> | undefined;
    const code: ICodeCell[] = [];
    const variables = new Set<string>();
    const isVariable = (name: string) => variables.has(name);
    const isRightlyRead = ({ automagic, isAutomagic }: ICodeCell) =>
      automagic === undefined || isAutomagic !== isVariable(automagic);
    const add = (cell: ICodeCell) => {
      code.push(cell);
      for (const [name, isMade] of cell.shadows) {
        variables[isMade ? 'add' : 'delete'](name);
      }
    };
    cells.forEach(({ type, source }, index) => {
      if (type !== 'code') {
        return;
      }
      // Mostly a cell stands where it stood, with the text that it had.
      const before = last[code.length];
      if (before?.source === source && isRightlyRead(before)) {
        add(before.index === index ? before : { ...before, index });
        return;
      }
      bySource ??= new Map(last.map(cell => [cell.source, cell]));
      let known = bySource.get(source);
      if (!known || !isRightlyRead(known)) {
        known = { ...analyseCell(source, isVariable), index };
        bySource.set(source, known);
      }
      add(known.index === index ? known : { ...known, index });
    });
    this._last = code;
    return code;
  }

  /** The cells of the last analysis. */
  private _last: ReadonlyArray<ICodeCell> = [];
}

function versionOf(text = ''): PythonVersion | undefined {
  const match = /^(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

/** Python 3.14 evaluates annotations only when something asks for them (PEP 649). */
function evaluatesAnnotations(version = ''): boolean | undefined {
  const match = /^(\d+)\.(\d+)/.exec(version);
  return match ? Number(match[1]) === 3 && Number(match[2]) < 14 : undefined;
}

type CellAnalysis = Omit<ICodeCell, 'index'>;

function analyseCell(
  source: string,
  isVariable: (name: string) => boolean
): CellAnalysis {
  const parsed = parseCell(source, isVariable);
  const isBroken =
    parsed.isUnread || Boolean(parsed.error ?? parsed.lexicalError);
  try {
    return withNames(parsed, isBroken ? words(source) : namesOf(parsed));
  } catch (error) {
    if (error instanceof RangeError) {
      // Nested deeper than the stack.
      return withNames({ ...parsed, isUnread: true }, words(source));
    }
    throw error;
  }
}

function withNames(parsed: IParsedCell, names: ICollectedNames): CellAnalysis {
  const shadows = namesOfAutomagics(names.states.keys()).map(
    name => [name, names.states.get(name)?.state !== 'deleted'] as const
  );
  return { ...parsed, ...names, shadows, computed: [] };
}

function namesOf(parsed: IParsedCell): ICollectedNames {
  const names = collectNames(parsed);
  if (!parsed.isOpaque && parsed.magicNames.length === 0) {
    return names;
  }
  const { events, states, wipes } = names;
  const made = parsed.magicNames.map(name => event('definition', name));
  return {
    events: [
      ...(parsed.isOpaque ? [event('anything')] : []),
      ...made,
      ...events
    ],
    states: new Map([
      ...states,
      ...parsed.magicNames.map(name => [name, BOUND] as const)
    ]),
    wipes
  };
}

/** The words of a cell that cannot be read: each may be defined there. */
function words(source: string): ICollectedNames {
  const found = [
    ...new Set(
      source
        .match(/[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/g)
        ?.map(word => nameIn(word, { from: 0, to: word.length }))
    )
  ];
  return {
    events: found.map(name => event('definition', name)),
    states: new Map(found.map(name => [name, BOUND])),
    wipes: []
  };
}

function event(kind: INameEvent['kind'], name = ''): INameEvent {
  return {
    kind,
    name,
    from: 0,
    to: 0,
    isDeferred: false,
    depth: 0,
    inAnnotation: false,
    isGuarded: false,
    isConditional: false,
    isSkippable: false,
    loop: -1,
    unit: -1,
    state: 'unbound',
    isCall: false
  };
}
