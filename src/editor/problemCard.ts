import type { TranslationBundle } from '@jupyterlab/translation';
import type { IFix, IProblem } from '../contract';
import type { NotebookLint } from './notebookLint';

/** What can be done about a problem. */
export interface IProblemActions {
  fix: (lint: NotebookLint, problem: IProblem, fix: IFix) => void;
  /** Opens the page of a rule. */
  explain: (code: string) => void;
  /** Switches a rule off, in the settings; undefined where there are none. */
  disable?: (code: string) => void;
  trans: TranslationBundle;
}

/** The card that an editor shows over a mark: the sentence, its rule, and what can be done. */
export function problemCard(
  problem: IProblem,
  lint: NotebookLint | undefined,
  actions: IProblemActions
): HTMLElement {
  const { trans } = actions;
  const card = element('div', 'jp-Slipway-card');
  card.dataset.severity = problem.severity;
  if (problem.cellIndex === undefined) {
    card.append(
      element('div', 'jp-Slipway-cardScope', trans.__('Whole notebook'))
    );
  }
  const message = element('div', 'jp-Slipway-cardMessage');
  problem.message.split('`').forEach((part, index) => {
    message.append(
      index % 2 ? element('code', 'jp-Slipway-cardCode', part) : part
    );
  });
  const foot = element('div', 'jp-Slipway-cardFoot');
  for (const fix of lint ? (problem.fixes ?? []) : []) {
    foot.append(
      button(fix.title, 'jp-Slipway-cardFix', () =>
        actions.fix(lint!, problem, fix)
      )
    );
  }
  const end = element('span', 'jp-Slipway-cardEnd');
  const link = button(problem.code, 'jp-Slipway-cardLink', () =>
    actions.explain(problem.code)
  );
  link.title = trans.__('What this rule is about');
  end.append(link);
  if (actions.disable) {
    const { disable } = actions;
    const off = button(trans.__('Switch off'), 'jp-Slipway-cardLink', () =>
      disable(problem.code)
    );
    off.title = trans.__('Switch rule %1 off in the settings', problem.code);
    end.append(off);
  }
  foot.append(end);
  card.append(message, foot);
  return card;
}

function element(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(
  text: string,
  className: string,
  action: () => void
): HTMLButtonElement {
  const made = element('button', className, text) as HTMLButtonElement;
  made.type = 'button';
  // The editor keeps the focus and its selection.
  made.addEventListener('mousedown', event => event.preventDefault());
  made.addEventListener('click', event => {
    event.preventDefault();
    action();
  });
  return made;
}
