import type { Kernel } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import type {
  FoundPackages,
  IFix,
  IFixNeeds,
  IRule,
  NotebookEdit
} from '../contract';
import { Fixes } from '../editor/fixes';
import { NotebookLint } from '../editor/notebookLint';
import type { IPackageSources } from '../editor/packages';
import { FakeContents, FakeContext, modelOf, withRule } from './open-notebooks';

const trans = nullTranslator.load('jupyterlab_slipway');

/** Wants `old` to be `new`, a first cell `# first`, and in the place of `version?` one that somebody knows. */
const fake: IRule = {
  code: 'SLP490',
  name: 'fake',
  severity: 'hint',
  summary: 'Fake.',
  *check({ code }) {
    for (const { index, source } of code) {
      for (const { index: from } of source.matchAll(/\bold\b/g)) {
        const range = { from, to: from + 3 };
        yield {
          message: 'It is old.',
          cellIndex: index,
          range,
          fixes: [fix('Renew', [replace(index, range, 'new')])]
        };
      }
      const at = source.indexOf('version?');
      if (at >= 0) {
        const range = { from: at, to: at + 'version?'.length };
        const from = source.includes('# index') ? 'index' : 'kernel';
        yield {
          message: 'It has no version.',
          cellIndex: index,
          range,
          fixes: [versioned(index, range, from)]
        };
      }
    }
    if (code.length > 0 && !code[0].source.startsWith('# first')) {
      yield {
        message: 'There is no first cell.',
        fixes: [
          fix('Add it', [
            { kind: 'insert', cellIndex: 0, source: '# first\nold' }
          ])
        ]
      };
    }
  }
};

function replace(
  cellIndex: number,
  range: { from: number; to: number },
  insert: string
): NotebookEdit {
  return { kind: 'replace', cellIndex, range, insert };
}

function fix(title: string, edits: NotebookEdit[]): IFix {
  return { title, safe: true, edits: () => edits };
}

function versioned(
  cellIndex: number,
  range: { from: number; to: number },
  from: IFixNeeds['from']
): IFix {
  return {
    ...fix('Ask', []),
    needs: { from, packages: [{ name: 'numpy', module: 'numpy' }] },
    edits: found => {
      const version = found.get('numpy')?.version;
      return version ? [replace(cellIndex, range, version)] : [];
    }
  };
}

withRule(fake);

const NAMES = ['SLP101', 'SLP111', 'SLP131', 'SLP201', 'SLP202'];

function setUp(
  sources: string[],
  options: { wide?: boolean; index?: IPackageSources['index'] } = {}
) {
  const context = new FakeContext(modelOf(sources, !options.wide));
  const lint = new NotebookLint(
    context.context,
    new FakeContents().manager,
    () => NAMES
  );
  const shown: number[] = [];
  const index = jest.fn(options.index ?? (async () => new Map()));
  const fixes = new Fixes(
    { index },
    (_, done) => shown.push(done.first),
    trans
  );
  const shared = context.model.sharedModel;
  const texts = () => shared.cells.map(cell => cell.getSource());
  const problem = (message: string) =>
    lint.refresh().find(one => one.message.includes(message))!;
  const apply = async (message: string) => {
    const found = problem(message);
    await fixes.apply(lint, found, found.fixes![0]);
  };
  return { context, lint, fixes, shown, index, shared, texts, problem, apply };
}

describe('A fix in one cell', () => {
  it('is one step for the undo of the editor of that cell', async () => {
    const { shared, texts, apply, fixes } = setUp(['# first', 'a = old']);
    const cell = shared.getCell(1);
    cell.updateSource(0, 1, 'b');
    await apply('It is old');
    expect(texts()).toEqual(['# first', 'b = new']);
    cell.updateSource(7, 7, ' + 1');
    cell.undo();
    expect(texts()).toEqual(['# first', 'b = new']);
    cell.undo();
    expect(texts()).toEqual(['# first', 'b = old']);
    cell.undo();
    expect(texts()).toEqual(['# first', 'a = old']);
    cell.redo();
    cell.redo();
    expect(texts()).toEqual(['# first', 'b = new']);
    expect(fixes.report).toMatchObject({ state: 'done' });
  });

  it('is one step of the notebook where that has the only history', async () => {
    const { shared, texts, apply } = setUp(['# first', 'a = old'], {
      wide: true
    });
    await apply('It is old');
    expect(texts()).toEqual(['# first', 'a = new']);
    shared.undo();
    expect(texts()).toEqual(['# first', 'a = old']);
  });

  it('changes no more than what differs', async () => {
    const { shared, apply } = setUp(['# first', 'a = "😀" + old + "😁"']);
    const changes: unknown[] = [];
    shared.getCell(1).changed.connect((_, { sourceChange }) => {
      changes.push(sourceChange);
    });
    await apply('It is old');
    expect(changes).toEqual([
      [{ retain: 11 }, { insert: 'new' }, { delete: 3 }]
    ]);
  });
});

describe('A fix that adds a cell', () => {
  it.each([false, true])(
    'is one step for the undo of the notebook (only history: %s)',
    async wide => {
      const { shared, texts, apply, shown } = setUp(['a = 1'], { wide });
      await apply('no first cell');
      expect(texts()).toEqual(['# first\nold', 'a = 1']);
      expect(shown).toEqual([0]);
      shared.undo();
      expect(texts()).toEqual(['a = 1']);
      shared.redo();
      expect(texts()).toEqual(['# first\nold', 'a = 1']);
    }
  );

  it('can be taken back from the report, as long as nothing came after it', async () => {
    const { fixes, lint, shared, texts, apply } = setUp(['a = 1']);
    await apply('no first cell');
    expect(fixes.report!.takeBack!()).toBe(true);
    expect(texts()).toEqual(['a = 1']);
    expect(fixes.report).toBeUndefined();
    await apply('no first cell');
    const { takeBack } = fixes.report!;
    shared.insertCell(2, { cell_type: 'code', source: 'b = 2' });
    lint.refresh();
    expect(fixes.report).toBeUndefined();
    expect(takeBack!()).toBe(false);
    expect(texts()).toHaveLength(3);
  });
});

describe('Fix all', () => {
  it('applies all safe fixes and what they uncover as one step', async () => {
    const { fixes, lint, shared, texts } = setUp(['old + old', 'b = old']);
    await fixes.applySafe(lint);
    expect(texts()).toEqual(['# first\nnew', 'new + new', 'b = new']);
    shared.undo();
    expect(texts()).toEqual(['old + old', 'b = old']);
  });

  it('belongs to the cell where only one changes', async () => {
    const { fixes, lint, shared, texts } = setUp(['# first', 'old + old']);
    await fixes.applySafe(lint);
    expect(texts()).toEqual(['# first', 'new + new']);
    shared.getCell(1).undo();
    expect(texts()).toEqual(['# first', 'old + old']);
  });

  it('asks once for all that the fixes need', async () => {
    const { fixes, lint, texts, index } = setUp(
      ['# first', 'a = "version?" # index', 'b = "version?"'],
      {
        index: async () =>
          new Map([['numpy', { name: 'numpy', version: '2.1.3' }]])
      }
    );
    await fixes.applySafe(lint);
    expect(texts().slice(1)).toEqual(['a = "2.1.3" # index', 'b = "2.1.3"']);
    expect(index.mock.calls).toEqual([[['numpy'], '3.11']]);
  });

  it('says what is left, and what is newer than the kernel', async () => {
    const { fixes, lint, context } = setUp(['# first', 'old', '"version?"'], {
      index: async () =>
        new Map([['numpy', { name: 'numpy', version: '2.1.3' }]])
    });
    await fixes.applySafe(lint);
    expect(fixes.report).toMatchObject({
      message: 'Done: no problem is left.',
      note: expect.stringContaining('numpy 2.1.3')
    });
    const sources = [
      '# first',
      'old',
      'import sys\ndel sys',
      'sys',
      'eigth = eight = 1',
      'eigh'
    ];
    const other = new NotebookLint(
      new FakeContext(modelOf(sources)).context,
      new FakeContents().manager,
      () => ['SLP101', 'SLP111', 'SLP131']
    );
    await fixes.applySafe(other);
    expect(fixes.report!.message).toBe(
      'Done: 3 problems are left, which need a decision. For 1 there are fixes to choose from.'
    );
    expect(context.model.cells.length).toBe(3);
  });

  it('says so where there is nothing to fix', async () => {
    const { fixes, lint } = setUp(['# first']);
    await fixes.applySafe(lint);
    expect(fixes.report).toMatchObject({ state: 'failed' });
  });
});

describe('A notebook that changes meanwhile', () => {
  const answer = new Map([['numpy', { name: 'numpy', version: '2.1.3' }]]);

  it('is left alone where the problem is gone', async () => {
    const { shared, texts, apply, fixes } = setUp(
      ['# first', '"version?" # index'],
      {
        index: async () => {
          shared.getCell(1).setSource('"1.0" # index');
          return answer;
        }
      }
    );
    await apply('no version');
    expect(texts()).toEqual(['# first', '"1.0" # index']);
    expect(fixes.report).toMatchObject({ state: 'failed' });
    expect(fixes.report!.message).toContain('changed');
  });

  it('is fixed where the problem now is', async () => {
    const { shared, texts, apply } = setUp(['# first', '"version?" # index'], {
      index: async () => {
        shared.getCell(1).updateSource(0, 0, 'x = ');
        shared.insertCell(1, { cell_type: 'code', source: 'y = 1' });
        return answer;
      }
    });
    await apply('no version');
    expect(texts()).toEqual(['# first', 'y = 1', 'x = "2.1.3" # index']);
  });
});

describe('What a fix has to know', () => {
  /** A kernel that prints something and then is done. */
  function kernelThat(prints: string): {
    kernel: Kernel.IKernelConnection;
    request: jest.Mock;
  } {
    const request = jest.fn(() => {
      const future: {
        onIOPub: (message: unknown) => void;
        done: Promise<void>;
        dispose: () => void;
      } = {
        onIOPub: (_: unknown) => undefined,
        done: Promise.resolve().then(() =>
          future.onIOPub({
            header: { msg_type: 'stream' },
            content: { name: 'stdout', text: prints }
          })
        ),
        dispose: () => undefined
      };
      return future;
    });
    const kernel = { status: 'idle', requestExecute: request };
    return { kernel: kernel as unknown as Kernel.IKernelConnection, request };
  }

  it('is asked of the kernel first, which is left as it was', async () => {
    const { context, texts, apply, index } = setUp(['# first', '"version?"']);
    const { kernel, request } = kernelThat(
      'noise\nslipway-packages:{"numpy": {"name": "numpy", "version": "1.26.4+cu118"}}\n'
    );
    context.sessionContext.session = { kernel };
    await apply('no version');
    expect(texts()[1]).toBe('"1.26.4"');
    expect(index).not.toHaveBeenCalled();
    expect(request.mock.calls[0]).toEqual([
      expect.objectContaining({ silent: true, store_history: false })
    ]);
  });

  it.each(['', 'slipway-packages:{', 'slipway-packages:{}'])(
    'is asked of the index where the kernel answers %j',
    async prints => {
      const { context, texts, apply, fixes } = setUp(
        ['# first', '"version?"'],
        {
          index: async () =>
            new Map([['numpy', { name: 'numpy', version: '2.1.3' }]])
        }
      );
      context.sessionContext.session = kernelThat(prints);
      await apply('no version');
      expect(texts()[1]).toBe('"2.1.3"');
      expect(fixes.report!.message).toMatch(/newest .* numpy 2\.1\.3/);
      expect(fixes.report!.message).not.toContain('installed');
    }
  );

  it('is said to be unknown where nobody knows', async () => {
    const { texts, apply, fixes } = setUp(['# first', '"version?"']);
    await apply('no version');
    expect(texts()[1]).toBe('"version?"');
    expect(fixes.report!.message).toContain('numpy');
  });

  it('keeps fixes apart: a second one waits for none', async () => {
    let answer: (found: FoundPackages) => void = () => undefined;
    const { texts, problem, apply, fixes, lint } = setUp(
      ['# first', '"version?" # index', 'old'],
      { index: () => new Promise(resolve => (answer = resolve)) }
    );
    const first = apply('no version');
    expect(fixes.isBusy).toBe(true);
    const old = problem('It is old');
    await fixes.apply(lint, old, old.fixes![0]);
    expect(texts()[2]).toBe('old');
    answer(new Map());
    await first;
    expect(fixes.isBusy).toBe(false);
  });

  it('shows why the index was of no use', async () => {
    const { apply, fixes } = setUp(['# first', '"version?"'], {
      index: () => Promise.reject(new Error('The index did not answer.'))
    });
    await apply('no version');
    expect(fixes.report).toMatchObject({
      state: 'failed',
      message: 'The index did not answer.'
    });
  });
});
