import { LabIcon } from '@jupyterlab/ui-components';

import branchSvg from '../style/icons/branch.svg';
import slipwaySvg from '../style/icons/slipway.svg';

export const slipwayIcon = new LabIcon({
  name: 'slipway:slipway',
  svgstr: slipwaySvg
});

export const branchIcon = new LabIcon({
  name: 'slipway:branch',
  svgstr: branchSvg
});
