import { notPython } from './not-python';
import type { IRule } from './rule';

export type { IFinding, IRule } from './rule';

/** All rules, in the order of their codes. A new rule is its file and one line here. */
export const rules: ReadonlyArray<IRule> = [notPython];
