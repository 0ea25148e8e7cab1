/** What Python's parser and compiler do not take, though it reads like Python. */

/** A version of Python, as its major and minor number. */
export type PythonVersion = readonly [major: number, minor: number];

export function isBefore(
  [major, minor]: PythonVersion,
  other: PythonVersion
): boolean {
  return major < other[0] || (major === other[0] && minor < other[1]);
}

export interface ISyntaxFault {
  from: number;
  to: number;
  /** What is wrong and what to do. */
  message: string;
  /** The first version that takes it; absent where none does. */
  until?: PythonVersion;
}

/** Thrown at the first fault of a cell that every version has: what follows is mostly its consequence. */
export class Fault extends Error {
  constructor(readonly fault: ISyntaxFault) {
    super(fault.message);
  }
}
