import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { RequestError } from '../deployments/client';
import { Engines } from '../deployments/engines';
import type { IEngineView } from '../deployments/wire';
import { EngineField } from '../panel/EngineField';

const trans = nullTranslator.load('jupyterlab_slipway');

const DOCKER: IEngineView = {
  name: 'docker',
  available: true,
  default: true,
  detail: 'Docker 24.0.7, buildx 0.14.1, daemon runs as root'
};
const PODMAN: IEngineView = {
  name: 'podman',
  available: false,
  default: false,
  detail: 'Podman is not installed. Install the package podman with `uidmap`.'
};
const PROCESS: IEngineView = {
  name: 'process',
  available: true,
  default: false,
  detail: 'Runs services as processes of this user'
};
const ALL = [DOCKER, PODMAN, PROCESS];

/** A server whose answers can be changed, and settings like JupyterLab's, which tell when they are saved. */
function setUp(answer: IEngineView[] | string = ALL, saved = '') {
  const server = { answer, asked: 0 };
  const engines = new Engines({
    engines: async () => {
      server.asked += 1;
      if (typeof server.answer === 'string') {
        throw new RequestError({
          code: 'SLP555',
          message: server.answer,
          severity: 'error'
        });
      }
      return server.answer;
    }
  });
  const settings = {
    engine: saved,
    writes: [] as string[],
    failure: '',
    read: () => settings.engine,
    write: async (name: string) => {
      settings.writes.push(name);
      await Promise.resolve();
      if (settings.failure) {
        throw new Error(settings.failure);
      }
      settings.engine = name;
      settings.changed.emit(undefined);
    },
    changed: new Signal<unknown, unknown>({})
  };
  engines.remember(settings);
  return { engines, server, settings };
}

/** The field as the panel draws it: again whenever the engines change. */
function Drawn({ engines }: { engines: Engines }): JSX.Element {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    engines.changed.connect(redraw);
    return () => void engines.changed.disconnect(redraw);
  }, [engines]);
  return <EngineField engines={engines} trans={trans} />;
}

async function show(engines: Engines): Promise<HTMLDetailsElement> {
  const { container } = render(<Drawn engines={engines} />);
  await act(async () => undefined);
  return container.querySelector('details')!;
}

async function open(details: HTMLDetailsElement): Promise<void> {
  await act(async () => {
    details.open = true;
    fireEvent(details, new Event('toggle'));
  });
}

async function press(element: HTMLElement): Promise<void> {
  await act(async () => {
    fireEvent.click(element);
  });
}

const words = (details: HTMLDetailsElement) =>
  details.querySelector('summary')!.textContent;
const radio = (name: string | RegExp) =>
  screen.getByRole<HTMLInputElement>('radio', { name });
/** What a screen reader says of a button: its name. */
const named = (button: HTMLElement) =>
  textsOf(button.getAttribute('aria-labelledby')!);
/** What it says after that. */
const description = (button: HTMLElement) =>
  textsOf(button.getAttribute('aria-describedby')!);
const textsOf = (ids: string) =>
  ids
    .split(' ')
    .map(id => document.getElementById(id)!.textContent)
    .join(' ');

describe('the choice of an engine', () => {
  it('is one line, which names what the server would take', async () => {
    const { engines, server } = setUp();
    const details = await show(engines);
    expect(words(details)).toBe('Engine: Automatic (Docker)');
    expect(screen.queryByRole('radio')).toBeNull();
    expect(screen.queryByRole('note')).toBeNull();
    expect(server.asked).toBe(1);
  });

  it('has the default first, then every engine with its facts', async () => {
    const { engines } = setUp();
    await open(await show(engines));
    expect(screen.getByRole('group', { name: 'Engine' })).toBeTruthy();
    const buttons = screen.getAllByRole<HTMLInputElement>('radio');
    expect(buttons.map(named)).toEqual([
      'Automatic (Docker)',
      'Docker',
      'Podman does not work',
      'Process'
    ]);
    expect(buttons.map(({ checked }) => checked)).toEqual([
      true,
      false,
      false,
      false
    ]);
    expect(new Set(buttons.map(({ name }) => name)).size).toBe(1);
    expect(description(radio('Docker'))).toBe(DOCKER.detail);
  });

  it('shows what is missing and what to do, and does not let it be chosen', async () => {
    const { engines } = setUp();
    await open(await show(engines));
    const podman = radio(/^Podman/);
    expect(podman.disabled).toBe(true);
    expect(description(podman)).toBe(
      'Podman is not installed. Install the package podman with uidmap.'
    );
    expect(screen.getByText('uidmap').tagName).toBe('CODE');
  });

  it('is made by a press anywhere in the row', async () => {
    const { engines } = setUp();
    await open(await show(engines));
    await press(screen.getByText(PROCESS.detail));
    expect(engines.choice).toBe('process');
    await press(radio('Docker').closest('.jp-Slipway-engine')!);
    expect(engines.choice).toBe('docker');
    await press(screen.getByText('does not work'));
    expect(engines.choice).toBe('docker');
  });

  it('is remembered in the settings, and taken back', async () => {
    const { engines, settings } = setUp();
    const details = await show(engines);
    await open(details);
    await press(radio('Process'));
    expect(engines.choice).toBe('process');
    expect(radio('Process').checked).toBe(true);
    expect(words(details)).toBe('Engine: Process');
    expect(settings.engine).toBe('process');
    await press(radio('Automatic (Docker)'));
    expect(settings.writes).toEqual(['process', '']);
    expect(words(details)).toBe('Engine: Automatic (Docker)');
  });

  it('comes from the settings, also when they are changed elsewhere', async () => {
    const { engines, settings } = setUp(ALL, 'process');
    const details = await show(engines);
    expect(words(details)).toBe('Engine: Process');
    await act(async () => {
      settings.engine = 'docker';
      settings.changed.emit(undefined);
    });
    expect(words(details)).toBe('Engine: Docker');
  });

  it('is that of the last press, however slowly the settings are saved', async () => {
    const { engines, settings } = setUp();
    const seen: string[] = [];
    engines.changed.connect(() => void seen.push(engines.choice));
    await Promise.all([engines.choose('process'), engines.choose('docker')]);
    expect(settings.writes).toEqual(['process', 'docker']);
    expect(engines.choice).toBe('docker');
    expect(seen.lastIndexOf('process')).toBe(0);
  });

  it('holds where the settings cannot be saved, which it says', async () => {
    const { engines, settings } = setUp();
    const details = await show(engines);
    await open(details);
    settings.failure = 'the disk is full';
    await press(radio('Process'));
    expect(engines.choice).toBe('process');
    expect(screen.getByRole('status').textContent).toMatch(
      /until the page is loaded again.*the disk is full/
    );
    settings.failure = '';
    await press(radio('Docker'));
    expect(screen.getByRole('status').textContent).not.toMatch(/disk/);
  });

  it('warns of one that has stopped to work since, also while closed', async () => {
    const { engines, server } = setUp(ALL, 'docker');
    const details = await show(engines);
    expect(screen.queryByRole('note')).toBeNull();
    const detail =
      'Docker is installed, but its daemon does not run. Start it.';
    server.answer = [{ ...DOCKER, available: false, detail }, PODMAN, PROCESS];
    await act(() => engines.look());
    expect(words(details)).toBe('Engine: Docker, which does not work');
    expect(screen.getByRole('note').textContent).toBe(detail);
    await open(details);
    expect(screen.queryByRole('note')).toBeNull();
    expect(radio(/^Docker/).checked).toBe(true);
    expect(radio(/^Docker/).disabled).toBe(true);
    expect(radio('Process').disabled).toBe(false);
  });

  it('says so where it is the default that does not work', async () => {
    const detail = 'Docker does not run. Start it.';
    const { engines } = setUp([
      { ...DOCKER, available: false, detail },
      PROCESS
    ]);
    const details = await show(engines);
    expect(words(details)).toBe(
      'Engine: Automatic (Docker), which does not work'
    );
    expect(screen.getByRole('note').textContent).toBe(detail);
    await open(details);
    expect(description(radio(/^Automatic/))).toBe(
      'Docker is the default here, but does not work.'
    );
  });

  it('may be one that the server does not have', async () => {
    const { engines } = setUp([PROCESS], 'steam');
    const details = await show(engines);
    expect(words(details)).toBe('Engine: steam');
    expect(screen.getByRole('note').textContent).toMatch(
      /no engine named steam/
    );
    await open(details);
    expect(radio(/^steam/).checked).toBe(true);
    await press(radio('Process'));
    expect(screen.queryByRole('radio', { name: /^steam/ })).toBeNull();
  });

  it('says why there is no list, and looks again when told to', async () => {
    const { engines, server } = setUp(
      "Slipway's server extension is not running. Run `jupyter`.",
      'docker'
    );
    const details = await show(engines);
    // What is chosen stays, and the server decides.
    expect(words(details)).toBe('Engine: Docker');
    expect(screen.queryByRole('note')).toBeNull();
    await open(details);
    expect(screen.getByRole('status').textContent).toBe(
      "The engines could not be listed. Slipway's server extension is not running. Run jupyter."
    );
    server.answer = ALL;
    await press(screen.getByRole('button', { name: 'Look for engines again' }));
    expect(screen.getAllByRole('radio')).toHaveLength(4);
    expect(screen.getByRole('status').textContent).not.toMatch(/listed/);
  });

  it('keeps the list that it has where a later look fails', async () => {
    const { engines, server } = setUp();
    const details = await show(engines);
    await open(details);
    server.answer = 'The Jupyter server does not answer.';
    await act(() => engines.look());
    expect(screen.getAllByRole('radio')).toHaveLength(4);
    expect(screen.getByRole('status').textContent).toMatch(/does not answer/);
  });

  it('looks again each time it is opened, and once for all who ask', async () => {
    const { engines, server } = setUp();
    const details = await show(engines);
    await open(details);
    expect(server.asked).toBe(2);
    await act(() => Promise.all([engines.look(), engines.look()]));
    expect(server.asked).toBe(3);
    expect(engines.isLooking).toBe(false);
  });

  it('never makes markup of what an engine says', async () => {
    const detail = '<img src=x> `<b>`';
    const { engines } = setUp([{ ...PROCESS, name: '<i>x</i>', detail }]);
    await open(await show(engines));
    expect(document.querySelector('img, b, i')).toBeNull();
    expect(description(radio('<i>x</i>'))).toBe('<img src=x> <b>');
  });
});
