import { NotebookActions } from '@jupyterlab/notebook';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { LintMonitor } from '../editor/lintMonitor';
import {
  FakeContents,
  FakeContext,
  FakeTracker,
  modelOf,
  until
} from './open-notebooks';

const SOUND = ['requirements = []', 'def predictor(x):\n    return x'];

function setUp(...sources: string[]) {
  const tracker = new FakeTracker();
  const contents = new FakeContents();
  const monitor = new LintMonitor(tracker.tracker, contents.manager);
  const context = new FakeContext(modelOf(sources));
  tracker.open(context.panel);
  const codes = () => monitor.of(context.panel)!.problems.map(one => one.code);
  return { tracker, contents, monitor, context, codes };
}

describe('LintMonitor', () => {
  it('lints each open notebook, also those behind', async () => {
    const { tracker, monitor, context, codes } = setUp('requirements = []');
    const other = new FakeContext(modelOf(SOUND), 'work/b.ipynb');
    tracker.open(other.panel);
    await until(() => codes().length > 0);
    expect(codes()).toContain('SLP111');
    expect(monitor.problems.map(({ code }) => code)).not.toContain('SLP111');
    expect(monitor.current).toBe(monitor.of(other.panel));
    expect(monitor.ofShared(context.model.sharedModel)).toBe(
      monitor.of(context.panel)
    );
  });

  it('lints again after an edit, without being asked', async () => {
    const { monitor, context, codes } = setUp(...SOUND);
    const changed = jest.fn();
    monitor.changed.connect(changed);
    await until(() => monitor.current!.source.cells.length === 2);
    const started = Date.now();
    context.model.sharedModel.getCell(1).setSource('print(nothing_like_it)');
    await until(() => codes().includes('SLP202'));
    expect(Date.now() - started).toBeLessThan(1000);
    expect(monitor.current!.cell('cell-1')!.problems).toHaveLength(1);
    expect(monitor.current!.cell('cell-1')!.source).toContain('nothing_like');
    expect(changed).toHaveBeenLastCalledWith(monitor, monitor.current);
  });

  it('shares the lint of a notebook that is open twice', () => {
    const { tracker, monitor, context } = setUp(...SOUND);
    const first = monitor.of(context.panel);
    tracker.open(context.panel);
    expect(monitor.of(context.panel)).toBe(first);
  });

  it('knows runs, edits since, and failures', async () => {
    const { monitor, context } = setUp('1 / 0', 'x = 1');
    await until(() => monitor.current!.source.cells.length === 2);
    const cell = context.model.cells.get(0) as ICodeCellModel;
    cell.executionCount = 3;
    cell.outputs.add({
      output_type: 'error',
      ename: 'ZeroDivisionError',
      evalue: '',
      traceback: []
    });
    const read = () => monitor.current!.source.cells[0];
    await until(() => read().executionCount === 3);
    expect(read()).toMatchObject({ isEdited: false, hasFailed: true });
    // The author knows of it, and a deployment goes on.
    cell.setMetadata('tags', ['raises-exception']);
    await until(() => read().hasFailed === false);
    cell.sharedModel.setSource('1 / 1');
    await until(() => read().isEdited === true);
    // What is as it ran is not edited, whatever happened in between.
    cell.sharedModel.setSource('1 / 0');
    await until(() => read().source === '1 / 0');
    expect(read().isEdited).toBe(false);
    // Comments and spaces change nothing.
    cell.sharedModel.setSource('# Why not?\n1  /  0  # Oh.\n');
    await until(() => read().source !== '1 / 0');
    expect(read().isEdited).toBe(false);
    expect(monitor.current!.source.cells[1].executionCount).toBeNull();
  });

  it('knows the module that a run did not find', async () => {
    const { monitor, context } = setUp('import six.moves', 'x = 1');
    await until(() => monitor.current!.source.cells.length === 2);
    const cell = context.model.cells.get(0) as ICodeCellModel;
    cell.outputs.add({
      output_type: 'error',
      ename: 'ModuleNotFoundError',
      evalue: "No module named 'six.moves'; 'six' is not a package",
      traceback: []
    });
    cell.executionCount = 1;
    const read = () => monitor.current!.source.cells[0];
    await until(() => read().hasFailed === true);
    expect(read().missingModule).toBe('six.moves');
    cell.outputs.clear();
    await until(() => read().hasFailed === false);
    expect(read().missingModule).toBeUndefined();
  });

  it('lists what lies beside the notebook, and keeps up', async () => {
    const { contents, monitor, context } = setUp(...SOUND);
    const siblings = () => monitor.current!.source.siblings;
    expect(siblings()).toBeUndefined();
    await until(() => siblings() !== undefined);
    expect(siblings()).toEqual(['a.ipynb', 'data.csv']);
    expect(contents.asked).toEqual(['work']);

    contents.files = ['a.ipynb', 'new.csv'];
    contents.fileChanged.emit({
      type: 'new',
      oldValue: null,
      newValue: { path: 'elsewhere/x.csv' }
    });
    contents.fileChanged.emit({
      type: 'save',
      oldValue: null,
      newValue: { path: 'work/a.ipynb' }
    });
    await new Promise(resolve => setTimeout(resolve, 700));
    expect(contents.asked).toHaveLength(1);
    contents.fileChanged.emit({
      type: 'new',
      oldValue: null,
      newValue: { path: 'work/new.csv' }
    });
    await until(() => siblings()?.includes('new.csv') === true);

    context.pathChanged.emit('RTC:other/a.ipynb');
    await until(() => contents.asked.includes('RTC:other'));
  });

  it('looks again after a cell was run: it may have written files', async () => {
    const { contents, monitor, context } = setUp(...SOUND);
    await until(() => monitor.current!.source.siblings !== undefined);
    contents.files.push('written.csv');
    (NotebookActions.executed as unknown as { emit(args: unknown): void }).emit(
      { notebook: context.panel.content, cell: null, success: true }
    );
    await until(() =>
      monitor.current!.source.siblings!.includes('written.csv')
    );
  });

  it('leaves out rules that are switched off, at once', async () => {
    const { monitor, codes } = setUp('requirements = []');
    await until(() => codes().includes('SLP111'));
    monitor.disabled = ['SLP111'];
    expect(codes()).not.toContain('SLP111');
    monitor.disabled = [];
    expect(codes()).toContain('SLP111');
  });

  it('forgets a notebook that is closed', async () => {
    const { tracker, monitor, context } = setUp(...SOUND);
    const lint = monitor.current!;
    await until(() => lint.source.cells.length === 2);
    tracker.currentWidget = null;
    context.disposed.emit();
    expect(lint.isDisposed).toBe(true);
    expect(monitor.of(context.panel)).toBeUndefined();
    expect(monitor.problems).toEqual([]);
    context.model.sharedModel.getCell(0).setSource('(');
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(lint.source.cells[0].source).toBe('requirements = []');
    monitor.dispose();
    expect(monitor.isDisposed).toBe(true);
  });
});
