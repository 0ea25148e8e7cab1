import { problemsOf } from './contract-notebooks';

/** The grammar does not know a `yield` of nothing. */
describe('A yield of nothing', () => {
  it.each(['yield', 'y = yield', 'y = (yield)', 'yield; return 1'])(
    'makes a generator: %s',
    statement => {
      const cell = `def predictor(x):\n    ${statement}`;
      expect(problemsOf('SLP114', cell)).toHaveLength(1);
    }
  );

  it('is found where a generator cannot travel', () => {
    const cells = [
      'def count():\n    y = yield',
      'counter = count()',
      'def predictor(x): return next(counter)'
    ];
    expect(problemsOf('SLP310', ...cells)).toHaveLength(1);
  });

  it.each(['yield', 'x = yield'])('belongs into a function: %s', cell => {
    expect(problemsOf('SLP201', cell)).toHaveLength(1);
  });
});
