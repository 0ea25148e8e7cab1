/**
 * Lints real notebooks from a directory and compares what it says of names with pyflakes. Not a part of the tests:
 * `SLIPWAY_NOTEBOOKS=DIRECTORY jlpm jest -c jest.notebooks.config.js`. Notebooks are read, never run; those that do not
 * run from top to bottom have real errors, so the report lists all it finds.
 */

import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join, relative } from 'path';

import { lintNotebook } from '../contract';
import { namesOfCell } from '../contract/analysis/cell-names';
import { NotebookAnalyser } from '../contract/analysis/notebook';
import type { ICell, INotebookSource, IProblem } from '../contract';
import { pyflakesNames } from './pyflakes';

const directory = process.env.SLIPWAY_NOTEBOOKS ?? '';

interface INotebookFile {
  cells?: {
    id?: string;
    cell_type: ICell['type'];
    source: string | string[];
  }[];
  metadata?: {
    kernelspec?: { language?: string; name?: string };
    language_info?: { name?: string; version?: string };
  };
}

function files(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .flatMap(entry =>
      entry.isDirectory()
        ? files(join(path, entry.name))
        : entry.name.endsWith('.ipynb')
          ? [join(path, entry.name)]
          : []
    )
    .sort();
}

function read(path: string): INotebookSource | undefined {
  let file: INotebookFile;
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as INotebookFile;
  } catch {
    return undefined;
  }
  const { kernelspec, language_info: info } = file.metadata ?? {};
  return {
    cells: (file.cells ?? []).map(({ id, cell_type, source }) => ({
      id: id ?? '',
      type: cell_type,
      source: Array.isArray(source) ? source.join('') : source
    })),
    language: kernelspec?.language ?? info?.name,
    languageVersion: info?.version
  };
}

/** The first cell that may make names which nobody can see. */
function opensAt(source: INotebookSource): number {
  const { code } = new NotebookAnalyser().analyse(source);
  const cell = code.find(each => namesOfCell(each).opens < Infinity);
  return !cell ? Infinity : cell.index;
}

const NAMES = /^SLP20[2-6]$/;

it('says of names what pyflakes says', () => {
  const notebooks = files(directory).flatMap(path => {
    const source = read(path);
    return source ? [{ path: relative(directory, path), source }] : [];
  });
  const code = notebooks.map(({ source }) =>
    source.cells.filter(({ type }) => type === 'code')
  );
  const theirs = pyflakesNames(
    code.map(cells => cells.map(({ source }) => source))
  );
  const lines: string[] = [];
  const counts: Record<string, number> = {};
  let missed = 0;
  let behindOpen = 0;
  notebooks.forEach(({ path, source }, index) => {
    const problems = lintNotebook(source);
    for (const { code: rule, severity } of problems) {
      const key = `${rule} ${severity}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    const errors = problems.filter(
      problem => /^SLP2/.test(problem.code) && problem.severity === 'error'
    );
    lines.push(...errors.map(problem => describe(path, problem, source)));
    const own = new Set(
      problems
        .filter(problem => NAMES.test(problem.code))
        .map(problem => `${problem.cellIndex} ${textOf(problem, source)}`)
    );
    const found = theirs[index];
    if (!found) {
      lines.push(`${path}: pyflakes cannot read it`);
      return;
    }
    for (const [cell, name] of found) {
      const position = source.cells.indexOf(code[index][cell]);
      if (own.delete(`${position} ${name}`)) {
        continue;
      } else if (position >= opensAt(source)) {
        behindOpen++;
      } else {
        missed++;
        lines.push(`${path} cell ${position + 1}: only pyflakes: ${name}`);
      }
    }
    lines.push(...[...own].map(key => `${path}: only Slipway: ${key}`));
  });
  const summary = Object.entries(counts).sort();
  const report = [
    `${notebooks.length} notebooks`,
    ...summary.map(([key, count]) => `${key}: ${count}`),
    `names that only pyflakes reports, where a magic, exec or a star import may have made them: ${behindOpen}`,
    `other names that only pyflakes reports: ${missed}`,
    '',
    ...lines
  ].join('\n');
  writeFileSync(
    process.env.SLIPWAY_NOTEBOOKS_REPORT ?? join(directory, 'report.txt'),
    report
  );
  expect(notebooks.length).toBeGreaterThan(0);
});

function textOf({ cellIndex, range }: IProblem, source: INotebookSource) {
  return source.cells[cellIndex ?? 0].source.slice(range?.from, range?.to);
}

function describe(path: string, problem: IProblem, source: INotebookSource) {
  const { code, cellIndex = 0, message } = problem;
  return `${path} cell ${cellIndex + 1}: ${code} ${message} [${textOf(problem, source).slice(0, 60)}]`;
}
