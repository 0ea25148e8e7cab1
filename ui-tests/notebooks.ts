import { spawnSync } from 'child_process';
import { readdirSync, readFileSync } from 'fs';
import { join, resolve } from 'path';

/** A notebook of the project's examples, as text. */
export function example(name: string): string {
  return readFileSync(resolve(__dirname, '..', 'examples', name), 'utf8');
}

/** A notebook with these code cells, as text. */
export function notebook(...cells: string[]): string {
  return JSON.stringify({
    cells: cells.map((source, index) => ({
      cell_type: 'code',
      execution_count: null,
      id: `cell-${index + 1}`,
      metadata: {},
      outputs: [],
      source
    })),
    metadata: {
      kernelspec: {
        display_name: 'Python 3',
        language: 'python',
        name: 'python3'
      },
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  });
}

/**
 * What the notebook's own predictor says to a sample: its cells, run as a plain script by the interpreter of the
 * environment that the deployment made.
 */
export function predictionOf(text: string, sample: string): unknown {
  const cells = (
    JSON.parse(text) as { cells: { cell_type: string; source: string[] }[] }
  ).cells
    .filter(cell => cell.cell_type === 'code')
    .map(cell => [cell.source].flat().join(''));
  const script = [
    ...cells,
    'import json',
    `print(json.dumps(predictor(json.loads(${JSON.stringify(sample)})), default=int))`
  ].join('\n');
  const environments = join(process.env.SLIPWAY_UI_HOME!, 'environments');
  for (const name of readdirSync(environments)) {
    const python = join(environments, name, 'bin', 'python');
    const answer = spawnSync(python, ['-c', script], { encoding: 'utf8' });
    if (answer.status === 0) {
      return JSON.parse(answer.stdout);
    }
  }
  throw new Error('no environment runs the notebook');
}
