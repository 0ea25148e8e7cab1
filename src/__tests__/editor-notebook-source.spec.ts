import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { RequestError } from '../deployments/client';
import type { IWorkingTreeView } from '../deployments/wire';
import { NotebookSource } from '../editor/notebookSource';
import { FakeContents, FakeContext, modelOf, until } from './open-notebooks';

const VIEW = { branch: 'main', differs: false } as IWorkingTreeView;
/** Longer than reasons to ask are gathered. */
const LONG = 500;
const pause = () => new Promise(resolve => setTimeout(resolve, LONG));

function notebook(path = 'RTC:work/a.ipynb') {
  const fake = new FakeContext(modelOf(['a = 1']), path);
  const fileChanged = new Signal<unknown, unknown>({});
  return Object.assign(fake, { fileChanged, isDisposed: false });
}

function setUp(isSeen = true) {
  const changed = new Signal<unknown, unknown>({});
  const front = { panel: null as NotebookPanel | null, changed };
  const server = {
    asked: [] as string[],
    answer: async (_: string): Promise<IWorkingTreeView | null> => VIEW
  };
  const contents = new FakeContents();
  const source = new NotebookSource(
    front,
    {
      source: path => {
        server.asked.push(path);
        return server.answer(path);
      }
    },
    contents.manager
  );
  source.isSeen = isSeen;
  const show = (shown: { panel: NotebookPanel } | null) => {
    front.panel = shown?.panel ?? null;
    changed.emit(null);
  };
  return { source, server, contents, show, changed };
}

describe('NotebookSource', () => {
  it('asks when a notebook comes to the front, by the path that the server knows', async () => {
    const { source, server, show } = setUp();
    expect(source.view).toBeUndefined();
    show(notebook());
    await until(() => source.view !== undefined);
    expect(source.view).toBe(VIEW);
    expect(server.asked).toEqual(['work/a.ipynb']);
    show(null);
    expect(source.view).toBeUndefined();
    source.dispose();
  });

  it.each<[string, (setting: ReturnType<typeof setUp>) => void]>([
    [
      'the window gets the focus',
      () => window.dispatchEvent(new Event('focus'))
    ],
    [
      'another file is saved',
      ({ contents }) => contents.fileChanged.emit({ type: 'save' } as never)
    ]
  ])('asks again when %s, once for several reasons', async (_, happen) => {
    const setting = setUp();
    const { source, server, show } = setting;
    show(notebook());
    await until(() => server.asked.length === 1);
    await pause();
    expect(server.asked).toHaveLength(1);
    happen(setting);
    happen(setting);
    await pause();
    expect(server.asked).toHaveLength(2);
    source.dispose();
  });

  it('asks again when the file of the notebook is another', async () => {
    const { source, server, show } = setUp();
    const shown = notebook();
    show(shown);
    await until(() => server.asked.length === 1);
    shown.fileChanged.emit({});
    await until(() => server.asked.length === 2);
    shown.path = 'work/b.ipynb';
    shown.pathChanged.emit(shown.path);
    expect(source.view).toBeUndefined();
    await until(() => source.view !== undefined);
    expect(server.asked[2]).toBe('work/b.ipynb');
    source.dispose();
  });

  it('asks nothing while nobody looks, and then at once', async () => {
    const { source, server, show } = setUp(false);
    show(notebook());
    window.dispatchEvent(new Event('focus'));
    await pause();
    expect(server.asked).toEqual([]);
    source.isSeen = true;
    await until(() => source.view === VIEW);
    source.isSeen = false;
    source.isSeen = true;
    await pause();
    expect(server.asked).toHaveLength(1);
    source.dispose();
    window.dispatchEvent(new Event('focus'));
    await pause();
    expect(server.asked).toHaveLength(1);
  });

  it('tells what is not saved without asking', async () => {
    const { source, server, show } = setUp();
    const shown = notebook();
    shown.model.dirty = false;
    show(shown);
    await until(() => source.view === VIEW);
    expect(source.isUnsaved).toBe(false);
    const told = jest.fn();
    source.changed.connect(told);
    shown.model.dirty = true;
    expect(source.isUnsaved).toBe(true);
    expect(told).toHaveBeenCalledTimes(1);
    expect(server.asked).toHaveLength(1);
    source.dispose();
  });

  it('takes no answer that a later question has overtaken', async () => {
    const { source, server, show } = setUp();
    let first: (view: IWorkingTreeView | null) => void = () => undefined;
    server.answer = () => new Promise(resolve => (first = resolve));
    show(notebook());
    await until(() => server.asked.length === 1);
    server.answer = async () => VIEW;
    window.dispatchEvent(new Event('focus'));
    await until(() => source.view === VIEW);
    first(null);
    await Promise.resolve();
    expect(source.view).toBe(VIEW);
    source.dispose();
  });

  it('shows at once what it knew when a notebook comes back', async () => {
    const { source, server, show } = setUp();
    const [one, other] = [notebook(), notebook('other.ipynb')];
    show(one);
    await until(() => source.view === VIEW);
    server.answer = async () => null;
    show(other);
    expect(source.view).toBeUndefined();
    await until(() => source.view === null);
    show(one);
    expect(source.view).toBe(VIEW);
    await until(() => source.view === null);
    source.dispose();
  });

  it('keeps what it knows where the server fails', async () => {
    const { source, server, show } = setUp();
    show(notebook());
    await until(() => source.view === VIEW);
    server.answer = async () => {
      throw new RequestError({
        code: 'SLP599',
        message: 'The Jupyter server does not answer.',
        severity: 'error'
      });
    };
    source.look();
    await until(() => server.asked.length === 2);
    await pause();
    expect(source.view).toBe(VIEW);
    source.dispose();
  });
});
