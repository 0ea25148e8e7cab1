/** Cells that define and use names, each case a notebook of its own. */

/** Cells that define or use nothing wrongly. */
export const GOOD: string[][] = [
  // Order over cells
  ['x = 1', 'x'],
  ['def f(): return g()', 'def g(): return 1'],
  ['f = lambda: late', 'late = 1'],
  ['class A:\n  def f(self): return late', 'late = 1'],
  ['def f():\n  return [late for _ in range(3)]', 'late = 1'],
  ['g = (late(x) for x in [1])', 'def late(x): return x'],
  // What binds
  ['import a, b.c, d as e\n(a, b, e)'],
  ['from a import b, c as d\n(b, d)'],
  ['from . import (\n  a,  # first\n  b,\n)\na, b'],
  ['for i, (j, *k) in [(1, (2, 3))]: pass\ni, j, k'],
  ['with open("f") as f, open("g") as (a, [b, *c]): f, a, b, c'],
  ['with (open("f") as f, open("g") as g):\n  f, g'],
  ['o = 1\nwith open("f") as o.x: pass'],
  ['try: pass\nexcept ValueError as e: e'],
  ['(y := 1)\ny'],
  ['[z := 1, z]'],
  ['any((last := i) for i in [1])\nlast'],
  ['a = b = c = 1\na, b, c'],
  ['a, *b = [1]\na, b'],
  ['[a, (b, c)] = x = [1]\na, b, c, x'],
  ['x: int = 1\nx'],
  ['x = 1\nx += x'],
  ['x = {}\nx["a"] = 1\ndel x["a"], x'],
  ['def f(a, b=1, *c, d, e: int = 2, **g): return a, b, c, d, e, g'],
  ['lambda a, /, b=1, *c, d, **e: (a, b, c, d, e)'],
  ['class A:\n  x = 1\n  y = [1 for _ in [x]]\n  z = x', 'x = 1'],
  ['class A: pass\nclass B(A, metaclass=type): pass'],
  ['def f(): pass\n@f\ndef g(): pass'],
  ['def f(x): pass\nf(x=1)'],
  ['[i for i in range(3) if i for j in range(i) if j]'],
  ['{k: v for k, v in {}.items()}'],
  ['sum(i for i in [1])'],
  ['m = 1\nmatch m:\n  case [a, *b]: a, b\n  case {"k": c, **d}: c, d'],
  ['m = 1\nmatch m:\n  case int(real=r) | str(r) as s if r: r, s\n  case q: q'],
  ['K = m = 1\nmatch m:\n  case {K.x: y}: y'],
  ['f"{1!r:>{2}} {(n := 3)} {n=}"'],
  ['def f[T: int](x: T) -> T:\n  y: T = x\n  return y'],
  ['class A[T]:\n  x: list[T] = []\ntype X[T] = list[T] | A[T]'],
  ['def f():\n  global g\n  g = 1\nf()\ng'],
  ['def f():\n  x = 1\n  def g():\n    nonlocal x\n    x = 2\n  return g'],
  ['def f(n): return f(n - 1)'],
  // Names that are there
  ['display(_, __, ___, In, Out, _i, _1, _i2, __name__, get_ipython().kernel)'],
  ['print(len([]), __doc__, NotImplemented, exit, super)'],
  ['class A:\n  print(__qualname__, __module__)\n  def f(self): __class__'],
  ['__builtins__, __IPYTHON__'],
  // Loops run again
  ['for i in range(3):\n  if i: print(prev)\n  prev = i'],
  // A name may be missing
  ['try:\n  x\nexcept NameError:\n  x = 1'],
  ['try:\n  x\nexcept:\n  pass'],
  ['try:\n  x\nexcept (ValueError, NameError): pass'],
  ['try:\n  import json\nexcept ImportError:\n  json = None\njson'],
  // Anything may be there
  ['from numpy import *\narray([1])'],
  ['from numpy import *', 'array([1])'],
  ['exec("x = 1")\nx'],
  ['globals()["x"] = 1\nx'],
  ['globals().update(a=1)', 'def f(): return a', 'a'],
  ['%run other.py\nx'],
  ['%pylab inline\nplot([1])'],
  ['get_ipython().run_line_magic("run", "a.py")\nx'],
  ['%%cython\ndef f(): pass', 'f()'],
  ['import builtins\nbuiltins.x = 1\nx'],
  ['import __main__\nsetattr(__main__, "x", 1)\nx'],
  ['import sys\nsys.modules["__main__"].x = 1\nx'],
  ['e = exec\ne("x = 1")\nx'],
  ['g = globals\ng()["x"] = 1\nx'],
  ['eval("(x := 1)")\nx'],
  // Magics that define
  ['files = !ls\nfiles'],
  ['x = %time 1\nx'],
  ['%time x = 1\nx'],
  ['%%time\nx = 1', 'x'],
  ['%%capture out\n1', 'out.show()'],
  ['%%bash --out text\nls', 'text'],
  ['%time for i in range(3): x = i\nprint(x)'],
  ['if 1:\n        %time with open("a") as f: s = f.read()\n        f, s\ns'],
  ['%%timeit y = 2\nx = y'],
  ['%timeit -n 10\n%timeit -r3 print(1)'],
  ['x = 1', '%reset -f in', 'x'],
  ['x = y = 1', '%reset_selective -f x', 'y'],
  ['x = 1', '%reset -f\nx = 2\nx', 'x'],
  // As IPython takes it away
  ['   x = 1\n   x', 'x'],
  ['\fx = 1\nx'],
  ['>>> x = 1\n>>> if x:\n...     y = x\n>>> x'],
  // One name, in other letters
  ['\u00b5 = 1\nprint(\u03bc)'],
  ['e\u0301 = 1', '\u00e9'],
  ['\ud835\udc31 = 1', 'x'],
  ['\ufb01 = 1\nfi'],
  ['\uff4cen([])'],
  // Type parameters see the names of the class around them
  ['class A:\n  T = int\n  def f[U](self, x: T) -> U: ...'],
  ['class A:\n  T = int\n  class B[U](list[T]): pass\n  type X[U] = T'],
  // The class has it by then
  ['class A:\n  x = 1\n  y = x\n  del x'],
  ['match x := 5:\n  case 5: x'],
  ['match lambda: 1:\n  case f: f'],
  ['[y for x in [1] if (y := x)]'],
  // Not Python at all
  ['%%bash\necho $x | y'],
  ['%%html\n<a>'],
  // What cannot be read may define anything that it mentions
  ['x = (1', 'x'],
  // Attributes and keywords are no names
  ['x = 1\nx.y.z(w=1)[0].v'],
  // Annotations
  [
    'from __future__ import annotations\ndef f(x: Late): pass\nclass Late: pass'
  ],
  ['def f():\n  x: Late = 1\n  return x', 'class Late: pass'],
  ['x: "Late" = 1', 'class Late: pass'],
  ['from typing import Literal\nx: Literal["late"] = "late"']
];

/** Cells, the text that is used wrongly, and a part of the message. */
export const BAD: [string[], string, string][] = [
  [['x', 'x = 1'], 'x', 'defined only in cell 2'],
  [['1', 'x', '2', 'x = 1'], 'x', 'defined only in cell 4'],
  [['x\nx = 1'], 'x', 'defined only further down in this cell'],
  [['x = x + 1'], 'x', 'before it has a value'],
  [['x += 1'], 'x', 'before it has a value'],
  [['f()\ndef f(): pass'], 'f', 'further down'],
  [['np.zeros(1)', 'import numpy as np'], 'np', 'in cell 2'],
  [['print(lenght)'], 'lenght', 'Nothing defines `lenght`'],
  [['def f(x=late): pass', 'late = 1'], 'late', 'in cell 2'],
  [['f = lambda x=late: x', 'late = 1'], 'late', 'in cell 2'],
  [['@late\ndef f(): pass', 'late = 1'], 'late', 'in cell 2'],
  [['@late.x(1)\nclass A: pass', 'late = 1'], 'late', 'in cell 2'],
  [['class A(late): pass', 'late = 1'], 'late', 'in cell 2'],
  [['class A:\n  x = late', 'late = 1'], 'late', 'in cell 2'],
  [['class A:\n  x = A'], 'A', 'before it has a value'],
  [['class A:\n  x = 1\n  y = [x for _ in [1]]', 'x = 1'], 'x', 'in cell 2'],
  [['class A:\n  x = 1\nx'], 'x', 'Nothing defines'],
  [['[i for i in late]', 'late = 1'], 'late', 'in cell 2'],
  [['[i for i in [1]]\ni'], 'i', 'Nothing defines'],
  [['any(i for i in late)', 'late = 1'], 'late', 'in cell 2'],
  [['f"{late!r:>{1}}"', 'late = 1'], 'late', 'in cell 2'],
  [['f"{1:>{late}}"', 'late = 1'], 'late', 'in cell 2'],
  [['def f(x: late): pass', 'late = 1'], 'late', 'in cell 2'],
  [['def f() -> late: pass', 'late = 1'], 'late', 'in cell 2'],
  [['x: late = 1', 'late = 1'], 'late', 'in cell 2'],
  [['x: int\nx'], 'x', 'Nothing defines'],
  [['def f(a): pass\na'], 'a', 'Nothing defines'],
  [['def f():\n  x = 1\nx'], 'x', 'Nothing defines'],
  [['with late as x: pass', 'late = 1'], 'late', 'in cell 2'],
  [['with late as (x, y): x', 'late = 1'], 'late', 'in cell 2'],
  [['for x in late: pass', 'late = 1'], 'late', 'in cell 2'],
  [['del late', 'late = 1'], 'late', 'in cell 2'],
  [['late.x = 1', 'late = 1'], 'late', 'in cell 2'],
  [['late[0] = 1', 'late = 1'], 'late', 'in cell 2'],
  [['import a.b\nb'], 'b', 'Nothing defines'],
  [['from a import b\na'], 'a', 'Nothing defines'],
  [['import a as b\na'], 'a', 'Nothing defines'],
  [['match late:\n  case 1: pass', 'late = 1'], 'late', 'in cell 2'],
  [['(x := late)', 'late = 1'], 'late', 'in cell 2'],
  [['print(a := late)', 'late = 1'], 'late', 'in cell 2'],
  [['dict(a=late)', 'late = 1'], 'late', 'in cell 2'],
  [['try:\n  late\nexcept ValueError: pass', 'late = 1'], 'late', 'in cell 2'],
  [['%timeit late(1)', 'late = 1'], 'late', 'in cell 2'],
  [['%%time\nlate', 'late = 1'], 'late', 'in cell 2'],
  [['%%bash\nx=1', 'x'], 'x', 'Nothing defines'],
  [['!x=1\nx'], 'x', 'Nothing defines'],
  [['späte', 'späte = 1'], 'späte', 'in cell 2'],
  [['xrange(3)'], 'xrange', 'Nothing defines'],
  [['x', 'from numpy import *\nx = 1'], 'x', 'in cell 2'],
  [['x', 'from math import *'], 'x', 'Nothing defines'],
  [['x\n%run other.py'], 'x', 'Nothing defines'],
  [['def f(o): return vars(o)', 'x'], 'x', 'Nothing defines'],
  [['   x = 1', 'y'], 'y', 'Nothing defines'],
  [['\fx = 1', 'y'], 'y', 'Nothing defines'],
  [['>>> x = 1', 'y'], 'y', 'Nothing defines'],
  [['try: pass\nfinally: print(x)'], 'x', 'Nothing defines'],
  [['while True:\n  try: break\n  finally: print(x)'], 'x', 'Nothing defines'],
  [['class A:\n  y = x\n  x = 1'], 'x', 'Nothing defines'],
  [['class A:\n  del x'], 'x', 'Nothing defines'],
  [['class A:\n  x = 1\n  del x\n  x'], 'x', 'Nothing defines'],
  [['%%timeit\nq = 1', 'q'], 'q', 'Nothing defines'],
  [['%%timeit q = 1\nq', 'q'], 'q', 'Nothing defines'],
  [['%timeit q = 1', 'q'], 'q', 'Nothing defines'],
  [['%reset -f', 'q'], 'q', 'Nothing defines'],
  [['for i in []: pass\ni'], 'i', 'Nothing defines'],
  [['if False: x = 1\nx'], 'x', 'Nothing defines'],
  [['if True: pass\nelse: x = 1\nx'], 'x', 'Nothing defines'],
  [
    ['from contextlib import suppress\nwith suppress(ValueError): x'],
    'x',
    'Nothing defines'
  ]
];

/** Cells, the code of what they have, its text and words of its message. */
export const REASONS: [string[], string, string, string][] = [
  [['x\nx = 1'], 'SLP203', 'x', 'further down'],
  [['x', 'x = 1'], 'SLP204', 'x', 'cell 2'],
  [['x = 1\ndel x\nx'], 'SLP205', 'x', 'above in this cell'],
  [['x = 1', 'del x', 'x'], 'SLP205', 'x', 'in cell 2'],
  [['x = 1', 'del (x), [1][0]', 'x'], 'SLP205', 'x', 'in cell 2'],
  [
    ['import random', 'if random.random() > 0.5:\n  x = 1', 'x'],
    'SLP206',
    'x',
    'branch of cell 2'
  ],
  [
    ['import random', 'if random.random() > 0.5:\n  x = 1\nx'],
    'SLP206',
    'x',
    'branch above'
  ],
  [
    ['try:\n  x = 1\nexcept ValueError:\n  print("no")\nx'],
    'SLP206',
    'x',
    'branch above'
  ],
  [
    ['import sys\nmatch sys.argv:\n  case [x]: pass\n  case []: y = 1', 'x'],
    'SLP206',
    'x',
    'cell 1'
  ],
  [
    ['try: pass\nexcept ValueError as e: pass', 'e'],
    'SLP202',
    'e',
    'Nothing defines'
  ],
  [
    ['model = 1', 'def predictor(x): return model', 'del model'],
    'SLP205',
    'model',
    '`predictor` needs it for each prediction'
  ],
  [
    [
      'import sys\nif sys.argv: model = 1',
      'def f(): return model',
      'def predictor(x): return f()'
    ],
    'SLP206',
    'model',
    '`predictor`, by way of `f`, needs it'
  ],
  [['x = 1', '%xdel x', 'x'], 'SLP205', 'x', 'in cell 2'],
  [['x = 1', '%reset -f', 'x'], 'SLP205', 'x', 'in cell 2'],
  [['x = 1\n%reset -f\nx'], 'SLP205', 'x', 'above in this cell'],
  [['x = y = 1', '%reset_selective -f ^x', 'x, y'], 'SLP205', 'x', 'in cell 2'],
  [
    ['for i in range(3):\n  if i == 1:\n    x = i\n    break\nx'],
    'SLP206',
    'x',
    'branch above'
  ],
  [
    ['for i in range(3):\n  if i == 1:\n    x = i\n    continue', 'x'],
    'SLP206',
    'x',
    'branch of cell 1'
  ],
  [
    [
      'for i in [1]:\n  match i:\n    case 1:\n      x = 1\n      break\n    case _: continue\nx'
    ],
    'SLP206',
    'x',
    'branch above'
  ],
  [['lenght = 1', 'length'], 'SLP202', 'length', 'did you mean `lenght`'],
  [
    ['data_frame = 1', 'dataframe'],
    'SLP202',
    'dataframe',
    'did you mean `data_frame`'
  ],
  [
    ['try:\n  late\nexcept:\n  print(1)\n  raise'],
    'SLP202',
    'late',
    'Nothing defines'
  ]
];

/** Code that makes no names, though it has all of them in its hands. */
export const READS = [
  '"a" in globals()',
  'print(globals()["a"])',
  'x = globals()["a"]',
  'globals().get("a")',
  'for x in list(globals()): x',
  'sorted(vars())',
  'len(locals())'
];

/** A name that has a value on all paths that go on, or whose user looks after it. */
export const CERTAIN: string[][] = [
  ['import a\nif a: x = 1\nelse: x = 2\nx'],
  ['import a\nif a: x = 1\nelif a.b: x = 2\nelse: raise ValueError\nx'],
  ['import sys\nif sys.argv: x = 1\nelse: sys.exit(1)\nx'],
  ['if __name__ == "__main__":\n  x = 1\nx'],
  ['if True:\n  x = 1\nelse:\n  y\nx'],
  ['try:\n  import a\nexcept ImportError:\n  import b as a\na'],
  ['try:\n  x = 1\nexcept ValueError:\n  raise\nx'],
  ['try:\n  y = 1\nexcept ValueError:\n  x = 1\nelse:\n  x = y\nx'],
  ['try: pass\nfinally: x = 1\nx'],
  ['for x in [1]: y = 1\nx, y'],
  ['while True:\n  x = 1\n  break\nx'],
  ['for i in [1]:\n  if i: continue\n  x = 1\nx'],
  ['import a\nmatch a:\n  case 1: x = 1\n  case _: x = 2\nx'],
  ['import a\nmatch a:\n  case 1: x = 1\n  case b: x = b\nx'],
  ['import a\nif a: x = 1', 'if a: x'],
  ['import a\nif a: x = 1', 'y = x if a else 2'],
  ['import a\nif a: x = 1', 'a and x'],
  ['import a\nif a: x = 1', 'def f(): return x'],
  ['x = 1', 'import a\nif a: x = 2\nx'],
  ['x = 1', 'del x', 'x = 2\nx'],
  ['x = 1\ndel x', 'def f(): return x'],
  ['import a\nx = 1\nif a: del x\nx'],
  ['e = 1\ntry: pass\nexcept ValueError as e: e\ne'],
  ['from contextlib import suppress\nwith suppress(NameError): x'],
  ['raise ValueError\nx'],
  ['def f():\n  x = 1\n  del x'],
  ['def f():\n  global x\n  x = 1', 'f()\nx'],
  ['with open("a") as x: pass\nx'],
  ['%time x = 1', 'x'],
  ['import a\n(x := a) and (y := x)\nx, y'],
  ['list = 1\ndel list\nlist'],
  ['list = 1', 'def predictor(x): return list(x)', 'del list'],
  ['import a\nif a: m = 1', 'def predictor(x): return m if a else x'],
  ['import a\ntry:\n  late\nexcept Exception:\n  if a:\n    raise'],
  ['class A:\n  n = 1\n  n += 1'],
  ['n = 1\nclass A:\n  n += 1'],
  [
    'for i in range(3):\n  if i == 1:\n    x = i\n    break\nelse:\n  raise ValueError\nx',
    'x'
  ],
  [
    'while True:\n  try:\n    x = int("5")\n    break\n  except ValueError:\n    continue\nx'
  ],
  [
    'for i in [1]:\n  for j in [1]:\n    x = j\n    break\n  else:\n    continue\n  break\nx'
  ],
  ['for i in [1]:\n  with open("a") as f:\n    x = f\n    break\nx'],
  ['while True:\n  try: break\n  finally: x = 1\nx'],
  ['try:\n  if 1:\n    x = 1\n    raise ValueError\nexcept ValueError: x'],
  ['def f():\n  global x\n  x = 1\n  return x\nx = 1', 'del x'],
  ['x = 1', 'def predictor(y, z=x): return y', 'del x'],
  ['x = 1', 'predictor = lambda y, z=x: y', 'del x'],
  ['def x(f): return f', '@x\ndef predictor(y): return y', 'del x'],
  ['x = int', 'def predictor(y: x) -> x:\n  z: x = 1\n  return z', 'del x'],
  [
    'class x: n = 1',
    'class M(x):\n  m = x.n\ndef predictor(y): return M().m',
    'del x'
  ],
  ['def f(n):\n  n += 1\n  m = n\n  m += 1'],
  ['def f():\n  n = 1\n  def g():\n    nonlocal n\n    n += 1\n  return g']
];
