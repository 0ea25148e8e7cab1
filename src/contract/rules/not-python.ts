import type { IRule } from './rule';

export const notPython: IRule = {
  code: 'SLP100',
  name: 'not-python',
  severity: 'error',
  summary: 'The notebook is written in another language than Python.',
  *check({ isPython, language }) {
    if (!isPython) {
      yield {
        message: `This notebook is in ${language}, and only Python notebooks can be deployed. Choose a Python kernel if its cells are Python.`
      };
    }
  }
};
