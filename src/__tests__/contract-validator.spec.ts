import { problemsOf, textOf } from './contract-notebooks';
import { applyFix, fixOf } from './contract-fixing';

describe('A validator that may answer no truth value', () => {
  it.each([
    ['def validator(x):\n    return "bad"', ['"bad"']],
    ['def validator(x):\n    return f"{x}"', ['f"{x}"']],
    ['def validator(x):\n    return [x]', ['[x]']],
    ['def validator(x):\n    return {"a": x}', ['{"a": x}']],
    ['def validator(x):\n    return 1', ['1']],
    ['def validator(x):\n    return True, "fine"', ['True, "fine"']],
    ['def validator(x):\n    return None', ['None']],
    [
      'def validator(x):\n    if x:\n        return\n    return True',
      ['return']
    ],
    [
      'def validator(x):\n    return True if x else "bad"',
      ['True if x else "bad"']
    ],
    ['validator = lambda x: "bad"', ['"bad"']],
    ['def validator(x):\n    assert x', ['validator']],
    ['def validator(x):\n    if x:\n        return True', ['validator']],
    [
      'def validator(x):\n    try:\n        return x > 1\n    except TypeError:\n        pass',
      ['validator']
    ],
    [
      'def validator(x):\n    for y in x:\n        if y:\n            return False',
      ['validator']
    ],
    [
      'def validator(x):\n    while True:\n        if x:\n            break',
      ['validator']
    ],
    ['def check(x):\n    return "no"\nvalidator = check', ['"no"']]
  ])('is told: %j', (source, texts) => {
    const problems = problemsOf('SLP125', source);
    expect(problems.map(problem => textOf(problem, source)?.trim())).toEqual(
      texts
    );
    expect(problems[0].severity).toBe('hint');
  });

  it.each([
    'def validator(x):\n    return True',
    'def validator(x):\n    return len(x) == 2',
    'def validator(x):\n    return bool(x)',
    'def validator(x):\n    return x and y',
    'def validator(x):\n    return not x',
    'def validator(x):\n    return isinstance(x, list) if x else False',
    'def validator(x):\n    if x:\n        return True\n    else:\n        return False',
    'def validator(x):\n    if x:\n        return True\n    raise ValueError("bad")',
    'def validator(x):\n    raise NotImplementedError',
    'def validator(x):\n    try:\n        return x > 1\n    except TypeError:\n        return False',
    'def validator(x):\n    try:\n        float(x)\n    except ValueError:\n        return False\n    else:\n        return True',
    'def validator(x):\n    try:\n        pass\n    finally:\n        return True',
    'def validator(x):\n    with lock:\n        return True',
    'def validator(x):\n    while True:\n        if x():\n            return True',
    'def validator(x):\n    match x:\n        case [a, b]:\n            return True\n        case _:\n            return False',
    'def validator(x):\n    def words():\n        return "text"\n    return words() == x',
    'def validator(x):\n    key = lambda y: "text"\n    return key(x) == x',
    '@checked\ndef validator(x):\n    return "bad"',
    'async def validator(x):\n    return "bad"',
    'def validator(x):\n    yield "bad"',
    'validator = lambda x: x > 1',
    'validator = lambda x: (x > 1)',
    'validator = make()',
    'if x:\n    def validator(x):\n        return "bad"',
    'def other(x):\n    return "bad"',
    'class A:\n    def validator(self, x):\n        return "bad"',
    'def validator(x):\n    return "'
  ])('is not told: %j', source => {
    expect(problemsOf('SLP125', source)).toEqual([]);
  });

  it.each([
    [
      'def validator(x):\n    assert len(x) == 2  # two\n\ny = 1',
      'def validator(x):\n    assert len(x) == 2  # two\n    return True\n\ny = 1'
    ],
    [
      'def validator(x):\n\tif x < 0:\n\t\traise ValueError',
      'def validator(x):\n\tif x < 0:\n\t\traise ValueError\n\treturn True'
    ]
  ])('gets a return by a fix: %j', (source, wanted) => {
    expect(applyFix('SLP125', 'return True', [source])).toEqual([wanted]);
  });

  it.each([
    'def validator(x):\n  if not isinstance(x, list): return False\n  if len(x) != 1: return False',
    'def validator(x):\n  if not x:\n    return\n  for y in x:\n    if y < 0:\n      return (None)'
  ])('lets pass what is not refused, where it only refuses: %j', source => {
    expect(
      applyFix('SLP125', 'return True', [source], undefined, ['SLP125'])
    ).toEqual([`${source}\n  return True`]);
    expect(() => fixOf('SLP125', 'return False', [source])).toThrow();
  });

  it.each([
    'def validator(x):\n  if len(x) != 3: return "bad"',
    'def validator(x):\n  if len(x) != 3: return False\n  if x[0] < 0: return "negative", x',
    'def validator(x):\n  if x > 1: return 0\n  if x > 0: return True'
  ])('is not completed where an answer is no truth value: %j', source => {
    const [problem] = problemsOf('SLP125', source);
    expect(problem.message).toContain('without a `return`');
    expect(problem.fixes).toBeUndefined();
  });

  it('gets a refusal where it answers elsewhere: what is let through is scored', () => {
    const source = 'def validator(x):\n  if x > 0:\n    return True';
    expect(applyFix('SLP125', 'return False', [source])).toEqual([
      `${source}\n  return False`
    ]);
  });
});
