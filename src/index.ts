import { deployPlugin } from './plugins/deploy';
import { deploymentsPlugin } from './plugins/deployments';
import { lintPlugin } from './plugins/lint';
import { marksPlugin } from './plugins/marks';
import { panelPlugin } from './plugins/panel';
import { problemsPlugin } from './plugins/problems';
import { rulesPlugin } from './plugins/rules';

export * from './tokens';

export default [
  deploymentsPlugin,
  lintPlugin,
  marksPlugin,
  problemsPlugin,
  rulesPlugin,
  panelPlugin,
  deployPlugin
];
