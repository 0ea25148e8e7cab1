import type { INotebookAnalysis } from '../analysis/notebook';
import type { RequirementFault } from '../requirements/reading';
import type { IFix } from '../types';
import type { IFinding, IRule } from './rule';

type Kind = RequirementFault['kind'];
type FaultOf<K extends Kind> = Extract<RequirementFault, { kind: K }>;

/** The check of a rule that puts one kind of fault in the list into words, and tells how to mend it. */
export function faultCheck<K extends Kind>(
  kinds: ReadonlyArray<K>,
  message: (fault: FaultOf<K>, notebook: INotebookAnalysis) => string,
  fixes?: (fault: FaultOf<K>, notebook: INotebookAnalysis) => IFix[]
): IRule['check'] {
  return function* (notebook): Iterable<IFinding> {
    for (const fault of notebook.requirements.faults) {
      if ((kinds as ReadonlyArray<Kind>).includes(fault.kind)) {
        const { cellIndex, range } = fault;
        const own = fault as FaultOf<K>;
        yield {
          message: message(own, notebook),
          cellIndex,
          range,
          fixes: fixes?.(own, notebook)
        };
      }
    }
  };
}
