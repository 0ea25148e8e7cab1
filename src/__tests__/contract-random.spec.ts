import { spawnSync } from 'child_process';
import { join } from 'path';

import type { IProblem } from '../contract';
import { missingNames, textOf } from './contract-notebooks';
import { NotebookMaker, numbers } from './contract-random';

const root = join(__dirname, '..', '..');

/** What ended a notebook: a name without a value, by cell and line, or something else; null where it ran. */
type End = ['name', number, number, string] | ['other', number] | null;

function ends(notebooks: string[][]): End[] {
  const { stdout, stderr, status } = spawnSync(
    join(root, '.venv', 'bin', 'python'),
    ['-W', 'ignore', join(root, 'scripts', 'run_names.py')],
    { input: JSON.stringify(notebooks), encoding: 'utf8', maxBuffer: 1 << 28 }
  );
  if (status !== 0) {
    throw new Error(`Python did not run: ${stderr}`);
  }
  return JSON.parse(stdout) as End[];
}

/** Whether some code above a place may have given a name a value; in a loop, all of the cell is above. */
function isBoundAbove(
  cells: string[],
  [, cell, line, name]: ['name', number, number, string]
): boolean {
  const lines = cells[cell].split('\n');
  const isInLoop = lines
    .slice(0, line)
    .some(each => /^\s*(?:for|while)\b/.test(each));
  const above = [
    ...cells.slice(1, cell),
    lines.slice(0, isInLoop ? lines.length : line - 1).join('\n')
  ].join('\n');
  return new RegExp(
    `\\b${name}\\b\\s*(?:[+:]?=|[\\],:}]|: int)|(?:for|as|global|case|del)\\b.*\\b${name}\\b`
  ).test(above);
}

/** What is wrong with the problems found, in view of what happened. */
function fault(cells: string[], end: End): string | undefined {
  const problems = missingNames(...cells);
  const show = ({ code, severity, cellIndex, range }: IProblem) =>
    `${code} ${severity} at ${range?.from} of cell ${cellIndex}`;
  const last = end ? end[1] : cells.length;
  // What an exception has kept from running, nobody can judge.
  const wrong = problems.find(
    ({ severity, cellIndex = 0 }) => severity === 'error' && cellIndex < last
  );
  if (wrong) {
    return `${show(wrong)}, but it runs`;
  }
  if (end?.[0] === 'name' && !isBoundAbove(cells, end)) {
    const [, cell, line, name] = end;
    const isFound = problems.some(
      problem =>
        problem.cellIndex === cell && textOf(problem, ...cells) === name
    );
    return isFound
      ? undefined
      : `no problem, but ${name} fails in line ${line} of cell ${cell}`;
  }
  return undefined;
}

describe('Notebooks made at random', () => {
  // SEED and COUNT of longer searches: SLIPWAY_RANDOM=7,20000 jlpm jest contract-random
  const [seed, count] = (process.env.SLIPWAY_RANDOM ?? '1,400')
    .split(',')
    .map(Number);
  const maker = new NotebookMaker(numbers(seed));
  const notebooks = Array.from({ length: count }, () => maker.notebook());

  it('have an error where Python finds no value, and nowhere else', () => {
    const happened = ends(notebooks);
    const faults = notebooks.flatMap((cells, index) => {
      const found = fault(cells, happened[index]);
      return found ? [`${found}\n${cells.slice(1).join('\n# %%\n')}`] : [];
    });
    expect(faults.sort((a, b) => a.length - b.length).slice(0, 3)).toEqual([]);
    // All kinds of ends come about.
    expect(new Set(happened.map(end => end?.[0])).size).toBe(3);
  });
});
