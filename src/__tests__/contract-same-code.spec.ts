import { isSameCode } from '../contract';

describe('Two texts of a cell', () => {
  it.each([
    ['x = 1', 'x=1  # one'],
    ['if a:\n  b()\nc()', 'if a:\n    # why\n    b()\n\nc()'],
    ['f(a,\n  b)', 'f(a, b)'],
    ['', '# nothing'],
    ['"""a\nb"""', '"""a\nb"""  # text']
  ])('are the same to Python: %j and %j', (a, b) => {
    expect(isSameCode(a, b)).toBe(true);
  });

  it.each([
    ['x = 1', 'x = 2'],
    ['if a:\n  b()\nc()', 'if a:\n  b()\n  c()'],
    ['x = "# a"', 'x = "# b"'],
    ['x = "a b"', 'x = "a  b"'],
    ['x = 1', 'x = 1\ny'],
    ['x = f"{a} # b"', 'x = f"{a} # c"'],
    ['a -b', 'a(-b)'],
    ['%time x', '%time  x'],
    ['x = (', 'x = ( '],
    ['not a', 'nota']
  ])('are not: %j and %j', (a, b) => {
    expect(isSameCode(a, b)).toBe(false);
  });
});
