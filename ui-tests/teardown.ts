import { spawnSync } from 'child_process';
import { rmSync } from 'fs';

/** Ends the services that the tests deployed and removes their records and files. */
export default function teardown(): void {
  const files = process.env.SLIPWAY_UI_FILES;
  if (files) {
    rmSync(files, { recursive: true, force: true });
  }
  const home = process.env.SLIPWAY_UI_HOME;
  if (!home) {
    return;
  }
  const env = { ...process.env, SLIPWAY_HOME: home };
  const listed = spawnSync('slipway', ['ps', '--json'], {
    env,
    encoding: 'utf8'
  });
  for (const line of listed.stdout.split('\n').filter(Boolean)) {
    const { name } = JSON.parse(line) as { name: string };
    spawnSync('slipway', ['rm', name, '--force'], { env });
  }
  rmSync(home, { recursive: true, force: true });
}
