/** Python of all versions that the grammar, or the rules, might take for an error; none of it is one. */
export const VALID_CELLS = [
  `def f():
    yield
    x = yield
    y = (yield)
    f((yield), [ (yield) ])
    return (yield)`,
  `with (open(a) as f, open(b) as g):
    pass`,
  `with open(a) as (f, g), open(b) as self.x:
    pass`,
  'with (open(a) as f): pass',
  `def f():
    with (yield): pass`,
  'with a, b as c: pass',
  'with (a, b): pass',
  'with (a): pass',
  `async def f():
    async with (x as y, z as w,):
        pass
    async for a, *b in c: pass
    return [x async for x in y]`,
  'for x in *a, b: print(x)',
  'for (a, *b), c in d: pass',
  'lambda x, /: x',
  'lambda x, /, y, *, z: x',
  'lambda *a, **k: 0',
  'lambda *, k=1: 0',
  'lambda x,: x',
  'lambda: (yield)',
  'f = lambda x=a/b, /, *, y: 0',
  'a[*b]',
  'a[*b, c] = 1',
  'def f(*args: *Ts): pass',
  '[*a, *b]',
  `match a, b:
    case 1, 2: pass
    case _: pass`,
  `match a:
    case [1, 2, *rest] if rest: pass
    case {"a": 1, **r}: pass
    case Point(x=0, y=y): pass
    case "a" | 'b' | -1 | 1.5 | None | True: pass
    case str() as s: pass
    case a.b: pass
    case (1 | 2) as z: pass
    case 1+2j: pass
    case {}: pass
    case []: pass
    case (): pass
    case *a, b: pass
    case "a" "b": pass
    case A(B(), C(x=D())): pass
    case f: pass`,
  `match not a:
    case 1: pass`,
  `match a == b:
    case True: pass`,
  `match (x):
    case 1: pass`,
  `match -x:
    case 1: pass`,
  `match x if y else z:
    case 1: pass`,
  `match [a, b]:
    case [c, d]: pass`,
  `match *a, b:
    case 1: pass`,
  `match x.y(z)[0]:
    case 1: pass`,
  `match = 1
match.x = 2
match(x)
match[1] = 3
print(match)
match, case = 1, 2
match: int = 3
match += 1
match * x
match - x
match or x
match if x else y`,
  `case = 1
case(x)
type = 3
type(x)
type.x
type in x
type X = int
type Y[T] = list[T]
type Z[*Ts, T: int = str, **P = [int]] = T`,
  `print
print >>f, x
print = 3
print, x
print -1
print [1]
print is None
print if x else y
print.x
x = print
print(1) if x else 2
print (1)
if x: print`,
  'class A[T, *U, **P]: pass',
  `class A[T: (int, str) = int]: 
    def f[S](self, x: S) -> S: ...`,
  'def f[T](x: T = 1, /, *, y: int = 3) -> T: ...',
  `@a
@b.c(1)
@d[0]
@e().f
@(lambda f: f)
def f(): pass`,
  `@a . b
# comment
@x(1)(2)
class A: pass`,
  `try: pass
except* (A, B) as e: pass`,
  `try: pass
except (A, B): pass
except A as e: pass
except: pass
else: pass
finally: pass`,
  `x = 1.
y = 1.e5
z = 1.j + .5 + 1_0.0_1 + 0xFF + 0b1 + 0o17 + 1e-5
z = 1..real`,
  '[x for x, *_ in y if x if y for z in x]',
  `{*a, *b}
{**a, 'b': 1}
{a: b for a, b in c}
{(y := 1)}`,
  `f"{x!r:>{width}} {y:%H:%M} {z=} {{}} {a['b']}"
f'{x:{y}}' "z" f"{1}"
f"""{
  x
}"""
rf"\\{x}" rf'\\d{{2}}' f"\\N{DASH}" f'\\{x}'
f"{x:{'>'}{10}}"
f"{'a' if x else 'b'}"
f"{lambda_}" 
f"{x,}" f"{*a, b}"
f"{(lambda x: 1)}"
f"{ {1:2}[1] }"
f"{x!s}" f"{x != y}" f"{a['x']:>{10}.{3}f}"
f"{x:}"`,
  `x: int
x: int = 3
x: tuple = 1, 2
(x): int = 1
x.y: int`,
  `a = b = c
a, *b = c
*a, = c
[a, b] = c
(a, b), c = d
a = yield_
a = *b, c`,
  `if (n := 10) > 5: pass
while x := f(): pass
f(x := 1)
a[x := 1]
[y := 1, y**2]`,
  `global x
def f():
    global x, y
    def g():
        nonlocal z`,
  `del a, b
del (a, b), c[0]
del [a]`,
  `assert x, y
raise
raise X from None
return_ = 1`,
  `import a.b as c, d
from . import (a, b,)
from .... import x as y
from ..a.b import *
from a import (b as c,
    d)`,
  `async def f():
    await x
    return await a ** b
    async with a: pass`,
  `x = a if b else lambda: c
x = not a
x = a not in b is not c
x = a @ b
x @= b`,
  `if x:
	pass
	if y:
		pass`,
  `class A: x = 1; y = 2
if x: y = 1; z = 2
else: w = 3`,
  `x = (1 # c
 + 2)
y = 1 + \\
  2`,
  `if x:
    pass
    # comment
  # odd
# zero
else:
    pass`,
  `def f(a, *, b): pass
def g(a, /, b): pass
def h(*a, **k): pass
def i(a=1, *args, b=2, **kw,): pass`,
  `x = """a
%matplotlib
"""`,
  `α = 1
print(α)`,
  `def f(): return
def g(): return *a, b`,
  `print(*a, **b, sep='')
f(x for x in y)
f(a, *b, c=1, **d)
f(**{'a': 1})
f(a)(b)[c].d`,
  'x = 5 if y else 6,',
  `{x: y for x in a}
{x for x in a}
(x for x in a)`,
  `x = "a" 'b' """c"""
z = b"a" rb"b" Rb'c'`,
  'i = 1if x else 2',
  `a[1:2, ::3, ...]
a[:, None]
a[b:=1]`,
  `x = {
    'a': 1,

    'b': 2
}`,
  `try:
    x
except A: pass`,
  `while True:
    break
else:
    pass`,
  'nonlocal_ = 1; x = 2;',
  'def f(x: int | None = None, *args: str, **kw: Any) -> "A": pass',
  'x = lambda a, b=1, *c, d, e=2, **f: a',
  `x = [lambda: 1, lambda x: 2]
x = {'a': lambda x: x, 'b': lambda: 0}`,
  'x[lambda: 1:2]',
  'print(f"{x}" f\'{y}\')',
  `_ = 1
__x = 2`,
  `if True:
    x = 1

    # end`,
  `def f():
    """doc"""

    x = 1
  
    return x`,
  'x = a<b>c!=d',
  'class A(B, metaclass=C, **kw): ...',
  'return1 = 2',
  'a = (yield_ for b in c)',
  `with open(x) as f, \\
     open(y) as g:
    pass`,
  `x = '\\
a'`,
  `x = [
  1,
  *y,
  *[2],
]`,
  `for i, in x: pass
for x[0] in y: pass
for x.y in z: pass`,
  `assert (yield_), 'x'
x = y, = z`,
  `if x == 'a' : pass
elif x : pass`,
  `async def f(): 
    [await x for x in y]
    yield 1
    yield x, *y
    z = yield x`,
  `print((yield_))
exec("x")
exec = 3`,
  `x = a.print
x.match(1)
x.type
f(print=1, match=2, type=3, case=4)
def f(match, case, type, print): pass
for match in x: pass
import match
from x import match, type
[match for match in x]
match.group(1) if match else None
match = match or x`,
  "f'{x:=10} {x:+} {yield_}' rf'\\{x}'",
  'match a:\n    case {K.x.y: y, "a": z}: pass\n    case(): pass\n    case A.B(): pass',
  '{y := 1}\n{y, z := 2}\ny, z',
  '@lambda f: f\ndef f(): pass',
  'x = y = ()\nx += *y, 1\nx **= *y,',
  '%time?\n%time ?\n%timeit??',
  'a = b = c = 0\n[\n    a,\n    b,\n    c\n] = sorted([\n    a,\n    b,\n    c\n])\n    \n',
  'if 1:\n\f    x = 1\n\f\n    y = x\n\f'
];
