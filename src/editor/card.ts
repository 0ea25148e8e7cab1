/** The card of a problem in an editor, shown for those who come by keyboard; those with a mouse have it on hover. */

import { StateEffect, StateField } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import type { Tooltip } from '@codemirror/view';
import { closeHoverTooltips, EditorView, showTooltip } from '@codemirror/view';
import type { IProblem } from '../contract';

type DrawCard = (problem: IProblem, view: EditorView) => HTMLElement;

const cardChanged = StateEffect.define<IProblem | null>();

/** Shows the card of a problem at the selection of an editor that has `cards`. */
export function showCard(view: EditorView, problem: IProblem): void {
  view.dispatch({ effects: cardChanged.of(problem) });
}

/** Hides all cards of an editor, those of the mouse, too. */
export function hideCards(view: EditorView): void {
  view.dispatch({ effects: [cardChanged.of(null), closeHoverTooltips] });
  // The card of the gutter goes only when the mouse does.
  window.dispatchEvent(
    new MouseEvent('mousemove', { clientX: -1000, clientY: -1000 })
  );
}

/** Lets an editor show one card, until the cursor or the text moves on. */
export function cards(draw: DrawCard): Extension {
  const field = StateField.define<Tooltip | null>({
    create: () => null,
    update: (shown, transaction) => {
      for (const effect of transaction.effects) {
        if (effect.is(cardChanged)) {
          const { from } = transaction.newSelection.main;
          return effect.value && tooltip(effect.value, from, draw);
        }
      }
      return transaction.docChanged || transaction.selection ? null : shown;
    },
    provide: self => showTooltip.from(self)
  });
  const hide = EditorView.domEventHandlers({
    blur: ({ relatedTarget }, view) => {
      const isInside =
        relatedTarget instanceof Element &&
        relatedTarget.closest('.jp-Slipway-card');
      if (!isInside && view.state.field(field)) {
        // Not in the middle of whatever moved the focus.
        window.setTimeout(() =>
          view.dispatch({ effects: cardChanged.of(null) })
        );
      }
    }
  });
  return [field, hide];
}

function tooltip(problem: IProblem, pos: number, draw: DrawCard): Tooltip {
  return {
    pos,
    above: false,
    create: view => {
      const dom = document.createElement('div');
      dom.className = 'jp-Slipway-cardFrame';
      dom.setAttribute('role', 'alert');
      dom.append(draw(problem, view));
      return { dom };
    }
  };
}
