/** The pages of the rules, which come with the extension: no network is needed to read them. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { MimeModel } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel } from '@lumino/widgets';
import { rules } from '../contract';
import { slipwayIcon } from '../icons';

const CODE = /^SLP\d{3}$/;
const MARKDOWN = 'text/markdown';

/** The page of a rule as Markdown; what the rule says of itself where it has none. */
export async function rulePage(
  code: string,
  trans: TranslationBundle
): Promise<string> {
  if (CODE.test(code)) {
    try {
      const page = (await import(
        /* webpackChunkName: "rules", webpackMode: "lazy-once" */
        `../../docs/rules/${code}.md`
      )) as { default: string };
      return page.default;
    } catch {
      // No page of that name came with this version.
    }
  }
  const rule = rules.find(one => one.code === code);
  return rule
    ? `# ${rule.code} ${rule.name}\n\n${rule.summary}`
    : `# ${code}\n\n${trans.__('This version of Slipway has no page on %1.', code)}`;
}

/** A tab with the page of a rule. Links to other rules' pages go through `explain`. */
export async function rulePageWidget(
  code: string,
  rendermime: IRenderMimeRegistry,
  explain: (code: string) => void,
  trans: TranslationBundle
): Promise<MainAreaWidget<Panel>> {
  const content = new Panel();
  content.addClass('jp-Slipway-rulePage');
  const renderer = rendermime.createRenderer(MARKDOWN);
  await renderer.renderModel(
    new MimeModel({
      data: { [MARKDOWN]: await rulePage(code, trans) },
      trusted: true
    })
  );
  content.addWidget(renderer);
  content.node.addEventListener(
    'click',
    event => {
      const link = (event.target as Element).closest('a');
      const target = /(SLP\d{3})\.md/.exec(link?.getAttribute('href') ?? '');
      if (target) {
        event.preventDefault();
        event.stopPropagation();
        explain(target[1]);
      }
    },
    { capture: true }
  );
  const widget = new MainAreaWidget({ content });
  widget.id = `slipway-rule-${code}`;
  widget.title.label = code;
  widget.title.icon = slipwayIcon;
  widget.title.closable = true;
  return widget;
}
