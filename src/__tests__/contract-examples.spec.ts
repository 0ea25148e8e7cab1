import { readdirSync, readFileSync } from 'fs';
import { dirname, join } from 'path';

import { lintNotebook } from '../contract';
import type { ICell } from '../contract';

const examples = join(__dirname, '..', '..', 'examples');
const names = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ipynb'))
  .filter(name => !name.includes('.ipynb_checkpoints'))
  .sort();

interface INotebookFile {
  cells: { id: string; cell_type: ICell['type']; source: string | string[] }[];
  metadata: { language_info?: { name?: string; version?: string } };
}

/** The notebook of 2018 is as it was then: its points are random each time. */
const KNOWN = new Map([['kmeans-2018.ipynb', ['SLP312', 'SLP312']]]);

describe('The examples', () => {
  it.each(names)('have no problem but what is known: %s', name => {
    const path = join(examples, name);
    const text = readFileSync(path, 'utf8');
    const { cells, metadata } = JSON.parse(text) as INotebookFile;
    const problems = lintNotebook({
      cells: cells.map(({ id, cell_type, source }) => ({
        id,
        type: cell_type,
        source: [source].flat().join('')
      })),
      language: metadata.language_info?.name,
      languageVersion: metadata.language_info?.version,
      siblings: readdirSync(dirname(path))
    });
    expect(problems.map(({ code }) => code)).toEqual(KNOWN.get(name) ?? []);
  });
});
