import { argumentsOf, matchingCalls } from '../analysis/calls';
import type { IResolvedCall } from '../analysis/calls';
import { cellsNeededBy } from '../analysis/graph';
import { SERVED_FUNCTIONS } from '../analysis/serving';
import {
  GENERATORS,
  RANDOM_IF,
  SOURCES,
  WITH_RANDOM_STATE
} from '../analysis/random-functions';
import type { IRandomSource } from '../analysis/random-functions';
import { servedRegionAt } from '../analysis/served-regions';
import type { IFix } from '../types';
import type { IFinding, IRule } from './rule';

const LAST_WORDS = new Set(
  [
    ...WITH_RANDOM_STATE,
    ...RANDOM_IF.keys(),
    ...GENERATORS,
    ...SOURCES.flatMap(({ draws }) => [...draws])
  ].map(path => path.slice(path.lastIndexOf('.') + 1))
);

const find = matchingCalls(
  word => LAST_WORDS.has(word) || /seed|^set_\w*state$|^setstate$/.test(word)
);

export const unseededRandomness: IRule = {
  code: 'SLP312',
  name: 'unseeded-randomness',
  severity: 'hint',
  summary: 'What a prediction depends on is random without a seed.',
  *check(notebook) {
    const reached = new Set(
      SERVED_FUNCTIONS.flatMap(name => cellsNeededBy(notebook, name))
    );
    const seeded = new Set<IRandomSource>();
    const told = new Set<IRandomSource>();
    for (const cell of notebook.code) {
      const isReached = reached.has(cell.index);
      for (const found of find(cell, notebook)) {
        const { call, path } = found;
        SOURCES.filter(({ seeds }) => seeds.test(path)).forEach(source =>
          seeded.add(source)
        );
        if (
          !isReached ||
          servedRegionAt(notebook, cell, call.node.from) !== undefined
        ) {
          continue;
        }
        if (isUnseeded(found, seeded)) {
          yield ownFinding(found);
        }
        const source = SOURCES.find(({ draws }) => draws.has(path));
        // One seed serves all that comes behind it.
        if (source && !seeded.has(source) && !told.has(source)) {
          told.add(source);
          yield sourceFinding(found, source);
        }
      }
    }
  }
};

/** Whether a call has a seed of its own to be given, and is not given it. */
function isUnseeded(
  { cell, call, path }: IResolvedCall,
  seeded: ReadonlySet<IRandomSource>
): boolean {
  const { positional, keywords, isOpen } = argumentsOf(call.node, cell);
  if (GENERATORS.has(path)) {
    return (
      positional.length + keywords.size === 0 &&
      !isOpen &&
      path !== 'torch.Generator'
    );
  }
  const text = cell.source.slice(call.node.from, call.node.to);
  const isRandom =
    WITH_RANDOM_STATE.has(path) || RANDOM_IF.get(path)?.test(text) === true;
  return (
    isRandom &&
    !isOpen &&
    !keywords.has('random_state') &&
    !/\bshuffle\s*=\s*False\b/.test(text) &&
    // Without it they all draw from NumPy's own numbers.
    !seeded.has(SOURCES[0])
  );
}

function ownFinding({ cell, call, path }: IResolvedCall): IFinding {
  const { node } = call;
  const name = call.words.join('.');
  const isGenerator = GENERATORS.has(path);
  const argument = isGenerator ? '0' : 'random_state=0';
  return {
    message: isGenerator
      ? `\`${name}()\` has no seed, so each deployment draws other numbers. Give it one, such as \`${name}(0)\`.`
      : `\`${name}\` is random, so each deployment gets another model. Give it a \`random_state\`.`,
    cellIndex: cell.index,
    range: { from: node.from, to: node.firstChild?.to ?? node.to },
    fixes: addArgument({ cell, call, path }, argument)
  };
}

function addArgument(
  { cell, call: { node } }: IResolvedCall,
  argument: string
): IFix[] {
  const list = node.getChild('ArgList');
  const { positional, keywords } = argumentsOf(node, cell);
  const ends = [...positional, ...keywords.values()].map(({ to }) => to);
  const at = ends.length ? Math.max(...ends) : (list?.from ?? node.to) + 1;
  return list
    ? [
        {
          title: `Add ${argument}`,
          safe: false,
          edits: () => [
            {
              kind: 'replace',
              cellIndex: cell.index,
              range: { from: at, to: at },
              insert: ends.length ? `, ${argument}` : argument
            }
          ]
        }
      ]
    : [];
}

function sourceFinding(
  { cell, call }: IResolvedCall,
  { library, seed }: IRandomSource
): IFinding {
  const { node } = call;
  const name = call.words.join('.');
  const line = seedLine(seed, call.words, library);
  const fixes: IFix[] = [];
  let statement = node;
  while (statement.parent?.parent) {
    statement = statement.parent;
  }
  const start = cell.source.lastIndexOf('\n', statement.from - 1) + 1;
  if (line && start === statement.from) {
    fixes.push({
      title: `Insert ${line}`,
      safe: false,
      edits: () => [
        {
          kind: 'replace',
          cellIndex: cell.index,
          range: { from: start, to: start },
          insert: `${line}\n`
        }
      ]
    });
  }
  return {
    message: `\`${name}\` draws random numbers that have no seed, so each deployment gets another model. Seed ${library === 'random' ? 'the module `random`' : library} above${line ? `: \`${line}\`` : ''}.`,
    cellIndex: cell.index,
    range: { from: node.from, to: node.firstChild?.to ?? node.to },
    fixes: fixes.length ? fixes : undefined
  };
}

/** The line that seeds, where the call shows what the notebook calls the module. */
function seedLine(
  seed: string,
  words: ReadonlyArray<string>,
  library: string
): string | undefined {
  const root = words[0];
  switch (library) {
    case 'NumPy':
      return words.length === 3 ? seed.replace('$', root) : undefined;
    case 'random':
      return words.length === 2 ? seed.replace('$', root) : undefined;
    case 'PyTorch':
      return root === 'torch' ? seed.replace('$', root) : undefined;
    default:
      return /^(?:tf|tensorflow)$/.test(root)
        ? seed.replace('$', root)
        : undefined;
  }
}
