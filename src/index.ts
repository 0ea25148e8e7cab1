import { deployPlugin } from './plugins/deploy';
import { deploymentsPlugin } from './plugins/deployments';
import { panelPlugin } from './plugins/panel';

export * from './tokens';

export default [deploymentsPlugin, panelPlugin, deployPlugin];
