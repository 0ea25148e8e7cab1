import type { RequirementFault } from '../requirements/reading';
import type { IFinding, IRule } from './rule';

type Kind = RequirementFault['kind'];
type FaultOf<K extends Kind> = Extract<RequirementFault, { kind: K }>;

/** The check of a rule that puts one kind of fault in the list into words. */
export function faultCheck<K extends Kind>(
  kinds: ReadonlyArray<K>,
  message: (fault: FaultOf<K>) => string
): IRule['check'] {
  return function* ({ requirements }): Iterable<IFinding> {
    for (const fault of requirements.faults) {
      if ((kinds as ReadonlyArray<Kind>).includes(fault.kind)) {
        const { cellIndex, range } = fault;
        yield { message: message(fault as FaultOf<K>), cellIndex, range };
      }
    }
  };
}
