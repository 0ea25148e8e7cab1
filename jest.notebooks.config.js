// Real notebooks, which are no part of the repository: see src/__tests__/real-notebooks.check.ts.
module.exports = {
  ...require('./jest.config'),
  testRegex: 'src/__tests__/real-notebooks.check.ts$',
  testTimeout: 600_000
};
