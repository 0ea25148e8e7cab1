import { spawnSync } from 'child_process';
import { join } from 'path';

const root = join(__dirname, '..', '..');

/** A name that nothing defines, and the position of its cell among the notebook's cells of code. */
export type UndefinedName = [cell: number, name: string];

/** What pyflakes finds in notebooks, given by the sources of their code cells; null where they do not compile. */
export function pyflakesNames(
  notebooks: ReadonlyArray<ReadonlyArray<string>>
): (UndefinedName[] | null)[] {
  const { stdout, stderr, status } = spawnSync(
    join(root, '.venv', 'bin', 'python'),
    [join(root, 'scripts', 'pyflakes_names.py')],
    {
      input: JSON.stringify(notebooks),
      encoding: 'utf8',
      maxBuffer: 1 << 28
    }
  );
  if (status !== 0) {
    throw new Error(`pyflakes did not run: ${stderr}`);
  }
  return JSON.parse(stdout) as (UndefinedName[] | null)[];
}
