import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { NotebookModel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { createStandaloneCell } from '@jupyter/ydoc';
import { LintMonitor } from '../editor/lintMonitor';
import { marksFactory } from '../editor/marks';
import { problemCard } from '../editor/problemCard';
import {
  FakeContents,
  FakeContext,
  FakeTracker,
  modelOf,
  until
} from './open-notebooks';

const SOUND = [
  'requirements = []\nexamples = [1]',
  'def predictor(x):\n    return x'
];
const trans = nullTranslator.load('jupyterlab_slipway');

function setUp(...sources: string[]) {
  const tracker = new FakeTracker();
  const monitor = new LintMonitor(tracker.tracker, new FakeContents().manager);
  const context = new FakeContext(modelOf([...SOUND, ...sources]));
  tracker.open(context.panel);
  const actions = {
    fix: jest.fn(),
    explain: jest.fn(),
    disable: jest.fn(),
    trans
  };
  const factory = marksFactory(monitor, actions);
  return { monitor, model: context.model, actions, factory };
}

/** An editor of a cell, without the binding that would keep both equal. */
function editorOf(
  factory: ReturnType<typeof marksFactory>,
  model: NotebookModel,
  index: number
): EditorView {
  const cell = model.cells.get(index);
  const made = factory({ inline: true, model: cell });
  return new EditorView({
    state: EditorState.create({
      doc: cell.sharedModel.getSource(),
      extensions: made!.instance(undefined)
    }),
    parent: document.body
  });
}

const marked = (view: EditorView) =>
  [...view.dom.querySelectorAll('.cm-lintRange')].map(node => node.textContent);

describe('Marks', () => {
  it('are for the code cells of notebooks', () => {
    const { factory } = setUp();
    const model = {
      sharedModel: createStandaloneCell({ cell_type: 'code', source: '' })
    } as unknown as CodeEditor.IModel;
    expect(factory({ inline: true, model })).toBeNull();
  });

  it('stand under the words that a problem is about, and in the gutter', async () => {
    const { factory, model } = setUp('print(thresold)');
    const view = editorOf(factory, model, 2);
    await until(() => marked(view).length > 0);
    expect(marked(view)).toEqual(['thresold']);
    expect(
      view.dom.querySelectorAll('.cm-gutter-lint .cm-lint-marker-error')
    ).toHaveLength(1);
    view.destroy();
  });

  it('are there at once in an editor that comes later', async () => {
    const { monitor, factory, model } = setUp('print(thresold)');
    await until(() => monitor.problems.length > 0);
    const view = editorOf(factory, model, 2);
    await until(() => marked(view).length > 0);
    view.destroy();
  });

  it('go with the text until it is linted again, and never fail', async () => {
    const { monitor, factory, model } = setUp('print(thresold)');
    const view = editorOf(factory, model, 2);
    await until(() => marked(view).length > 0);
    view.dispatch({ changes: { from: 0, insert: 'y = ' } });
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(marked(view)).toEqual(['thresold']);
    view.dispatch({ changes: { from: 0, to: view.state.doc.length } });
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(marked(view)).toEqual([]);
    // The same text again, found by the same lint as before.
    view.dispatch({ changes: { from: 0, insert: 'print(thresold)' } });
    monitor.current!.refresh();
    await until(() => marked(view).length > 0);
    view.destroy();
  });

  it('vanish with the problem', async () => {
    const { monitor, factory, model } = setUp('print(thresold)');
    const view = editorOf(factory, model, 2);
    await until(() => marked(view).length > 0);
    monitor.disabled = ['SLP202'];
    await until(() => marked(view).length === 0);
    view.destroy();
  });

  it('are right where lines end as on Windows', async () => {
    const { factory, model } = setUp('a = 1\r\nb = 2\r\nprint(thresold)');
    const view = editorOf(factory, model, 2);
    await until(() => marked(view).length > 0);
    expect(marked(view)).toEqual(['thresold']);
    view.destroy();
  });
});

describe('The card of a problem', () => {
  it('leads to the fix, the rule and the settings', async () => {
    const { monitor, actions } = setUp('visits = 1\nprint(visit)');
    await until(() => monitor.problems.length > 0);
    const problem = monitor.problems.find(({ code }) => code === 'SLP202')!;
    const card = problemCard(problem, monitor.current, actions);
    expect(card.querySelector('code')?.textContent).toBe('visit');
    const buttons = [...card.querySelectorAll('button')];
    expect(buttons.map(button => button.textContent)).toEqual([
      ...problem.fixes!.map(({ title }) => title),
      'SLP202',
      'Switch off'
    ]);
    buttons.forEach(button => button.click());
    expect(actions.fix).toHaveBeenCalledWith(
      monitor.current,
      problem,
      problem.fixes![0]
    );
    expect(actions.explain).toHaveBeenCalledWith('SLP202');
    expect(actions.disable).toHaveBeenCalledWith('SLP202');
  });

  it('makes no markup of what a message holds', () => {
    const { monitor, actions } = setUp();
    const message = 'It is `<b>x</b>` and <i>so</i>.';
    const card = problemCard(
      { code: 'SLP202', severity: 'error', message },
      monitor.current,
      actions
    );
    expect(card.querySelector('b, i')).toBeNull();
    expect(card.textContent).toContain('<b>x</b> and <i>so</i>');
  });
});
