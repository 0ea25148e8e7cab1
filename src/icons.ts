import { LabIcon } from '@jupyterlab/ui-components';

import slipwaySvg from '../style/icons/slipway.svg';

export const slipwayIcon = new LabIcon({
  name: 'slipway:slipway',
  svgstr: slipwaySvg
});
