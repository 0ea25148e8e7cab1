import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { NotebookModel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { createStandaloneCell } from '@jupyter/ydoc';
import { showCard } from '../editor/card';
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

describe('What is being typed', () => {
  /** Types at the end of a line, as the binding of editor and model would have it. */
  function type(view: EditorView, model: NotebookModel, text: string): void {
    const at = view.state.doc.line(2).to;
    view.dispatch({
      changes: { from: at, insert: text },
      selection: { anchor: at + text.length },
      userEvent: 'input.type'
    });
    model.cells.get(2).sharedModel.setSource(view.state.doc.toString());
  }

  /** Long enough for the lint, and too short for a pause. */
  const settled = () => new Promise(resolve => setTimeout(resolve, 350));

  it.each(['np.zeros(', 'x = valu', 'if 1:'])(
    'is not told at once: %j',
    async text => {
      const { monitor, factory, model } = setUp('print(thresold)\n\ny = 1');
      const view = editorOf(factory, model, 2);
      await until(() => marked(view).length > 0);
      type(view, model, text);
      await settled();
      expect(monitor.problems.map(({ code }) => code)).toEqual(
        text === 'x = valu' ? ['SLP202'] : []
      );
      expect(marked(view)).not.toContain('valu');
      // Somebody asks: then all is told.
      expect(monitor.current!.refresh().length).toBeGreaterThan(
        text === 'x = valu' ? 1 : 0
      );
      view.destroy();
    }
  );

  it('is told when the cursor leaves the line', async () => {
    const { factory, model } = setUp('\n\ny = 1');
    const view = editorOf(factory, model, 2);
    await settled();
    type(view, model, 'x = valu');
    await settled();
    expect(marked(view)).toEqual([]);
    view.dispatch({ selection: { anchor: 0 } });
    await settled();
    expect(marked(view)).toEqual(['valu']);
    view.destroy();
  });

  it('is told when the cursor rests, and stays told', async () => {
    const { factory, model } = setUp('\n\ny = 1');
    const view = editorOf(factory, model, 2);
    await settled();
    type(view, model, 'x = valu');
    await until(() => marked(view).length > 0);
    type(view, model, ' + 1');
    await settled();
    expect(marked(view)).toEqual(['valu']);
    view.destroy();
  });

  it('does not keep back what is elsewhere', async () => {
    const { factory, model } = setUp('\n\ny = 1');
    const view = editorOf(factory, model, 2);
    await settled();
    view.dispatch({ changes: { from: 0, insert: 'print(thresold)' } });
    type(view, model, 'x = valu');
    await settled();
    expect(marked(view)).toEqual(['thresold']);
    view.destroy();
  });
});

describe('The card of a problem', () => {
  it('goes when its rule is read: the page would lie under it', async () => {
    const { monitor, actions, factory, model } = setUp('print(thresold)');
    const view = editorOf(factory, model, 2);
    await until(() => marked(view).length > 0);
    showCard(view, monitor.problems[0]);
    const link = [...document.querySelectorAll('.jp-Slipway-card button')].find(
      ({ textContent }) => textContent === 'SLP202'
    );
    (link as HTMLElement).click();
    expect(actions.explain).toHaveBeenCalledWith('SLP202');
    expect(document.querySelector('.jp-Slipway-card')).toBeNull();
    view.destroy();
  });

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
