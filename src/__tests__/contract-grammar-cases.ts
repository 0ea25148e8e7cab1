/** Small pieces of Python, right and wrong; which of them Python takes, it is asked itself. */
export const FORMS = [
  // Escapes.
  ...['\\x', '\\x4', '\\x41', '\\u12', '\\u1234', '\\U0001F600', '\\U00110000'],
  ...['\\N{BULLET}', '\\N', '\\N{}', '\\N{BULLET', '\\d', '\\8', '\\777', '\\'],
  ...['C:\\Users\\me', 'C:\\\\Users', '\\{x}', '{x}\\x', '{x:\\x41}', 'é']
]
  .flatMap(body =>
    ['', 'r', 'b', 'rb', 'f', 'fr', 'u'].flatMap(prefix => [
      `a = ${prefix}"${body}"`,
      `a = ${prefix}'''${body}'''`
    ])
  )
  .concat(
    // What can have a value.
    [
      ...['f(1)', 'None', 'True', '...', '1', '"a"', '[]', '()', '{}', 'a.b'],
      ...['a[0]', 'a.b().c', 'f(1)[0]', '(a)', '((a))', '(a, b)', '[a, b]'],
      ...[
        '(a, 1)',
        '[a, f()]',
        '*a',
        '*a, b',
        '*a, *b',
        '[*a]',
        '(*a)',
        '(*a,)'
      ],
      ...['a, (b, *c)', 'a + b', '-a', 'not a', 'a if b else c', 'lambda: a'],
      ...['(yield)', 'a and b', 'a < b', '{a}', '{a: b}', '[a for a in b]'],
      ...['(a for a in b)', 'f"{a}"', '__debug__', 'await a'],
      ...['a ** b', '(a := b)', 'a, b', 'a,', 'print', 'a[1:2]', 'a[*b]']
    ].flatMap(target => [
      `${target} = b`,
      `b = ${target} = c`,
      `${target} += 1`,
      `${target}: int`,
      `${target}: int = 1`,
      `(${target} := 1)`,
      `del ${target}`,
      `for ${target} in b: pass`,
      `with b as ${target}: pass`,
      `[1 for ${target} in b]`,
      `x = ${target}`,
      `${target}`,
      `f(${target})`,
      `f(${target}=1)`,
      `[${target}]`,
      `return_(${target}, 1)`,
      `def g(): return ${target}`,
      `async def g():\n  yield ${target}`,
      `import a as ${target}`,
      `try: pass\nexcept E as ${target}: pass`,
      `x[${target}]`,
      `x = {**${target}}`,
      `assert ${target}`
    ]),
    // Arguments.
    [
      ...[
        '',
        'a',
        'a,',
        'a, b',
        ',',
        'a,,',
        '*a',
        '**a',
        '*a, b',
        '*a, *b',
        '**a, b'
      ],
      ...[
        '**a, *b',
        '**a, b=1',
        'a=1',
        'a=1, b',
        'a=1, *b',
        'a=1, *b, c',
        'a=1, a=2'
      ],
      ...[
        'a=1, **b',
        'a=1, **b, c=2',
        'a=1, **b, a=2',
        'a.b=1',
        '1=2',
        '"a"=1'
      ],
      ...[
        'None=1',
        'a:=1',
        'a=b:=1',
        '(a:=1)',
        'a for a in b',
        'a for a in b,'
      ],
      ...[
        'a, b for b in c',
        'a for a in b, c',
        '(a for a in b), c',
        'a=b for b in c'
      ],
      ...[
        '*a for a in b',
        'a=',
        '=1',
        'a b',
        'lambda: 1, 2',
        'yield',
        '(yield)'
      ],
      ...['__debug__=1', '*', '**', 'a=1 if b else 2', '*a or b', '**a or b']
    ].flatMap(args => [
      `f(${args})`,
      `class A(${args}): pass`,
      `@f(${args})\ndef g(): pass`
    ]),
    // Parameters.
    [
      ...[
        '',
        'a',
        'a,',
        ',',
        'a, b',
        'a, a',
        'a=1',
        'a=1, b',
        'a=1, b=2',
        'a, b=1, *c, d'
      ],
      ...[
        '*',
        '*,',
        '*, a',
        '*, a=1, b',
        '*, **k',
        '*a',
        '*a, *b',
        '*a, *, b',
        '*a=1'
      ],
      ...[
        '**k',
        '**k,',
        '**k, a',
        '**k, *a',
        '**k=1',
        '**k, **l',
        '/',
        'a, /',
        'a, /,'
      ],
      ...[
        '/, a',
        'a, /, b, /',
        '*, /',
        '*, a, /',
        'a=1, /, b',
        'a=1, /, *, b',
        'a, *, a'
      ],
      ...[
        'a, *a',
        'a, **a',
        'None',
        'a.b',
        '(a, b)',
        '1',
        '__debug__',
        'a=',
        'a=1=2',
        'a b'
      ]
    ].flatMap(params => [
      `def f(${params}): pass`,
      `async def f(${params}): pass`,
      `f = lambda ${params}: 0`
    ]),
    [
      ...[
        'a: int',
        'a: int = 1',
        '*a: int',
        '*a: *b',
        '**k: int',
        '**k: *b',
        'a: *b'
      ],
      ...['a: int, b: (yield)', 'a: b := 1', 'a: lambda: 1', '*, a: int']
    ].map(params => `def f(${params}): pass`),
    // What waits, yields, returns, jumps.
    [
      ...[
        'await a',
        'async with a: pass',
        'async for a in b: pass',
        '[a async for a in b]'
      ],
      ...[
        '{a async for a in b}',
        '(a async for a in b)',
        '[await a for a in b]'
      ],
      ...[
        '[a for a in await b]',
        '(await a for a in b)',
        'yield',
        'yield from a',
        'return'
      ],
      ...[
        'return 1',
        'yield 1; return',
        'yield 1; return 2',
        'break',
        'continue'
      ],
      ...[
        'lambda: await a',
        'lambda: (yield)',
        '[(yield) for a in b]',
        '[a for a in (yield)]'
      ],
      ...[
        'for a in b: break',
        'while a: continue',
        'for a in b: pass\nelse: break'
      ],
      ...[
        '[[a async for a in b] for c in d]',
        '(x for a in b async for c in d)'
      ],
      ...[
        'await = 1',
        'async = 1',
        'await',
        'await -a',
        '-await a',
        'await a ** await b'
      ],
      ...[
        'from m import *',
        'nonlocal a',
        'global a',
        'a\nglobal a',
        'a = 1\nglobal a'
      ],
      ...[
        'global a, b',
        'global a,',
        'global (a)',
        'global a.b',
        'x: a = 1\nglobal x'
      ],
      ...[
        '[a for a in b]\nglobal a',
        'lambda: a\nglobal a',
        'def a(): pass\nglobal a'
      ],
      ...[
        'f(a=1)\nglobal a',
        'b.a\nglobal a',
        'import a\nglobal a',
        'global p',
        'if a: global b'
      ]
    ].flatMap(body => {
      const inner = body.replace(/\n/g, '\n  ');
      return [
        // Cells are compiled statement by statement.
        ...(/\nglobal/.test(body) ? [] : [body]),
        `def f(p):\n  ${inner}`,
        `async def f(p):\n  ${inner}`,
        `class A:\n  ${inner}`,
        `def f():\n  for i in j:\n    ${body.replace(/\n/g, '\n    ')}`,
        `async def f():\n  class A:\n    ${body.replace(/\n/g, '\n    ')}`,
        `def f():\n  def g():\n    ${body.replace(/\n/g, '\n    ')}`
      ].filter(source => !/nonlocal/.test(source) || !source.startsWith('def'));
    }),
    // Blocks.
    [
      'try: pass',
      'try:\n  pass\nx = 1',
      'try: pass\nexcept: pass',
      'try: pass\nexcept: pass\nexcept A: pass',
      'try: pass\nexcept A: pass\nexcept: pass',
      'try: pass\nexcept A: pass\nexcept A as a: pass\nelse: pass\nfinally: pass',
      'try: pass\nelse: pass',
      'try: pass\nelse: pass\nfinally: pass',
      'try: pass\nfinally: pass\nelse: pass',
      'try: pass\nfinally: pass\nexcept: pass',
      'try: pass\nexcept* A: pass',
      'try: pass\nexcept*: pass',
      'try: pass\nexcept* A: pass\nexcept B: pass',
      'try: pass\nexcept A, B: pass',
      'try: pass\nexcept (A, B): pass',
      'try: pass\nexcept A, B as c: pass',
      'try: pass\nexcept A as b.c: pass',
      'if a: pass\nelse: pass\nelse: pass',
      'if a: pass\nelse: pass\nelif b: pass',
      'if a: pass\nx\nelse: pass',
      'if a:\n  pass\n  else: pass',
      'elif a: pass',
      'else: pass',
      'finally: pass',
      'except: pass',
      'for a in b: pass\nelse: pass',
      'for a in b: pass\nelif c: pass',
      'while a: pass\nelse: pass\nfinally: pass',
      'with a: pass\nelse: pass',
      'def f(): pass\nelse: pass',
      'if a: for b in c: pass',
      'if a: if b: pass',
      'if a: x = 1; y = 2',
      'if a: x = 1; if b: pass',
      'x = 1; if a: pass',
      'if a:',
      'def f():',
      'def f():\n  # nothing',
      'class A:\n\n',
      'if a: ;',
      'if: pass',
      'if a := 1: pass',
      'while a := 1: pass',
      'if a = 1: pass',
      'if a b: pass',
      '@a\nx = 1',
      '@a',
      '@a\n@b\ndef f(): pass',
      '@a\n@b\nclass A: pass',
      '@a\nasync def f(): pass',
      '@a\nif b: pass',
      '@a\nfor b in c: pass',
      '@a, b\ndef f(): pass',
      '@(a, b)\ndef f(): pass',
      '@a := b\ndef f(): pass',
      '@\ndef f(): pass',
      '@a def f(): pass',
      'async x',
      'async def f(): pass',
      'async if a: pass',
      'def f: pass',
      'def (): pass',
      'def f() -> a, b: pass',
      'def f() -> (a, b): pass',
      'def f()',
      'def f(): return\nreturn_ = 1',
      'class A(): pass',
      'class A() pass',
      'class A.B: pass',
      'class: pass',
      'def f(): pass; def g(): pass'
    ],
    // with
    [
      ...[
        'a',
        'a as b',
        'a, b',
        'a as b, c as d',
        '(a)',
        '(a, b)',
        '(a as b)',
        '(a as b,)'
      ],
      ...[
        '(a as b, c)',
        '(a, b) as c',
        '(a), b',
        '(a), (b)',
        '(yield_)',
        '(a := b)',
        'a as (b, c)'
      ],
      ...[
        'a as [b, *c]',
        'a as f()',
        'a as 1',
        'a as b + c',
        'a as b.c, d as e[0]',
        '()',
        ''
      ],
      ...[
        '(a as b) as c',
        '(a as b).c',
        '(a for a in b)',
        'a,',
        '(a, b).c',
        '*a',
        '(*a, b)'
      ],
      ...[
        'a as b as c',
        'a as',
        'open("f") as',
        '(a as (b), c as [d])',
        'a := b',
        '(a, b as c) + d'
      ]
    ].flatMap(items => [`with ${items}: pass`, `async with ${items}: pass`]),
    // Imports.
    [
      ...[
        'import a',
        'import a.b',
        'import a.b as c',
        'import a, b',
        'import a,',
        'import'
      ],
      ...[
        'import a.',
        'import .a',
        'import a as b.c',
        'import (a)',
        'import a b',
        'import *'
      ],
      ...[
        'from a import b',
        'from a import b,',
        'from a import (b,)',
        'from a import (b)'
      ],
      ...[
        'from a import ()',
        'from a import b.c',
        'from a import b as c, d',
        'from . import a'
      ],
      ...[
        'from .a import b',
        'from ... import a',
        'from .... a import b',
        'from a import'
      ],
      ...[
        'from a import *, b',
        'from a import (*)',
        'from a import (b, c',
        'from import a'
      ],
      ...[
        'from . import *',
        'from a.b.c import d as e',
        'from a import b c',
        'from a import b; c'
      ],
      ...['from __future__ import annotations', 'from __future__ import nope'],
      ...[
        'from __future__ import division as d',
        'from __future__ import (nope)'
      ],
      ...[
        'from .__future__ import nope',
        'from __future__.a import nope',
        'from a import None'
      ],
      ...[
        'import None',
        'import a as None',
        'from a import print',
        'import match, type'
      ]
    ],
    // Numbers.
    [
      ...[
        '1_0',
        '1__0',
        '1_',
        '_1',
        '0_0',
        '00',
        '01',
        '0_1',
        '01.5',
        '01e5',
        '01j',
        '0xF_F'
      ],
      ...[
        '0x',
        '0x_F',
        '0xF_',
        '0b2',
        '0b12',
        '0o8',
        '0o17',
        '0b1_0',
        '1e5',
        '1e',
        '1e+',
        '1e_5'
      ],
      ...[
        '1e5_0',
        '1._5',
        '1_.5',
        '1.5_',
        '.5',
        '.',
        '._5',
        '1.',
        '1.e5',
        '1..real',
        '1.real'
      ],
      ...[
        '1j',
        '1J',
        '1jj',
        '1L',
        '1l',
        '1a',
        '1if b else 2',
        '1or 2',
        '0xfor b',
        '1in b',
        '1_if b'
      ],
      ...[
        '1 if b else 2',
        '1.if b else 2',
        '1"a"',
        '1 2',
        '1.2.3',
        '1_000.0_1e-1_0j',
        '0xg',
        '1é'
      ]
    ].flatMap(number => [`a = ${number}`, `a[${number}]`, `f(${number})`]),
    // Strings side by side.
    [
      ...[
        '"a" "b"',
        '"a" b"b"',
        'b"a" b"b"',
        'b"a" "b"',
        'f"a" "b"',
        'f"a" b"b"',
        'u"a" r"b"'
      ],
      ...[
        'ur"a"',
        'bu"a"',
        'rb"a"',
        'Rb"a"',
        'fb"a"',
        'rr"a"',
        '"a" b',
        'b "a"',
        '"a" 1'
      ]
    ].map(text => `x = ${text}`),
    // Fields.
    [
      ...[
        '{}',
        '{ }',
        '{x}',
        '{x!r}',
        '{x!z}',
        '{x!}',
        '{x ! r}',
        '{x! r}',
        '{x!r:>5}',
        '{!r}'
      ],
      ...[
        '{:5}',
        '{x:}',
        '{x:{y}}',
        '{x:{}}',
        '{x:{y!r}}',
        '{x=}',
        '{x = }',
        '{x=!r:5}',
        '{=}'
      ],
      ...[
        '{x==y}',
        '{x!=y}',
        '{x:=5}',
        '{(x:=5)}',
        '{x for x in y}',
        '{[x for x in y]}',
        '{*x}'
      ],
      ...[
        '{*x,}',
        '{**x}',
        '{x, y}',
        '{yield_}',
        '{lambda: 1}',
        '{(lambda: 1)}',
        '{lambda x: 1}'
      ],
      ...[
        '}',
        '{{',
        '}}',
        '{{}}',
        '{{}',
        '{}}',
        '{x}}',
        '{{x}',
        '{x',
        '{x:',
        '{x!',
        '{x y}',
        '{x;y}'
      ],
      ...[
        '{1:2}',
        '{ {1:2}[1] }',
        '{x[1:2]}',
        '{x if y else z}',
        '{x = 1}',
        '{x=1}',
        '{1 = x}'
      ],
      ...[
        '{x.y()}',
        '{x)}',
        '{(x}',
        '{x]}',
        '{a b!r}',
        '{a:{b:{c}}}',
        '{del x}',
        '{x:%H:%M}',
        '{#}'
      ],
      ...[
        '{$}',
        '{x$}',
        '{None}',
        '{x!s:{y}>{z}}',
        '{await x}',
        '{x!r=}',
        '{x=!r}',
        '{x,}',
        '{,}'
      ]
    ].flatMap(text => [
      `x = f"${text}"`,
      `x = f'''${text}'''`,
      `x = rf"a${text}b"`,
      `x = "${text}"`
    ]),
    // Comprehensions.
    [
      ...[
        'a for a in b',
        'a for a in b if c',
        'a for a in b if c if d',
        'a for a in b for c in d'
      ],
      ...[
        'a for a, in b',
        'a for a, *b in c',
        'a for *a in b',
        'a for a.b in c',
        'a for a[0] in b'
      ],
      ...[
        'a for a in b, c',
        'a for a in *b',
        'a for a in lambda: b',
        'a for a in b if lambda: c'
      ],
      ...[
        'a for a in b if c := d',
        'a for a in b if (c := d)',
        'c := a for a in b',
        '(a := 1) for a in b'
      ],
      ...[
        '[(b := a) for a in c] for b in d',
        '(b := a) for a in c for b in d',
        'a for a in (b := c)'
      ],
      ...[
        'a for a in [b := c]',
        'a for a in b if [a := c]',
        'f(a := 1) for b in c',
        'lambda: (a := 1) for a in b'
      ],
      ...[
        'a if a else b for a in c',
        'a, b for a in c',
        '*a for a in b',
        'a for a in b if',
        'for a in b'
      ],
      ...[
        'a for a',
        'a for in b',
        'a for 1 in b',
        'a for f() in b',
        'a for a in b else c',
        'not a for a in b'
      ],
      ...[
        'a for a in b or c',
        'a for a in b if c else d',
        'a for a in (b if c else d)',
        'a async for a in b'
      ]
    ].flatMap(inner => [
      `[${inner}]`,
      `{${inner}}`,
      `(${inner})`,
      `class A:\n  [${inner}]`
    ]),
    [
      ...[
        '{a: b for a in c}',
        '{a: b for a, b in c}',
        '{**a for a in b}',
        '{a: b, c}',
        '{a, b: c}'
      ],
      ...[
        '{a: b, **c}',
        '{**a, b: c}',
        '{**a, b}',
        '{*a, b: c}',
        '{a: *b}',
        '{a: b := c}',
        '{a := b: c}'
      ],
      ...[
        '{(a := b): c}',
        '{a: (b := c)}',
        '{a := b}',
        '{a:}',
        '{:b}',
        '{a: b c}',
        '{a: b,}',
        '{,}',
        '{a,, b}'
      ],
      ...[
        '{a: lambda: b}',
        '{lambda: a: b}',
        '{lambda: a, b}',
        '{a: b if c else d}',
        '{*a}',
        '{**a}',
        '{***a}'
      ],
      ...[
        '{a: b async for a in c}',
        '{a: b for a in c if d}',
        '{a: b for *a in c}',
        '{x: y for x in z: 1}'
      ]
    ],
    // Subscripts.
    [
      ...[
        '',
        ':',
        '::',
        ':::',
        'a:',
        ':a',
        'a:b',
        'a:b:c',
        'a::c',
        '::c',
        'a, b',
        'a,',
        ',',
        'a:b, c',
        '*a'
      ],
      ...[
        '*a, b',
        '*a:b',
        'a := b',
        'a := b:c',
        '(a := b):c',
        '...',
        'a=b',
        'a b',
        'lambda: 1:2',
        '**a',
        'a if b else c:d'
      ]
    ].map(inner => `x[${inner}]`),
    // Patterns.
    [
      ...[
        '1',
        '-1',
        '+1',
        '1+2j',
        '1-2j',
        '-1+2j',
        '1+2',
        '1j+1',
        'a',
        '_',
        '"a"',
        '"a" "b"',
        'b"a"',
        'None'
      ],
      ...[
        'a.b',
        'a.b.c',
        'a | b',
        '_ | 1',
        '1 | _',
        '1 | a',
        'A(x) | B(x)',
        'A(x) | B(y)',
        '(1)',
        '(1, 2)',
        '(a, a)'
      ],
      ...[
        'a, b',
        'a,',
        '*a',
        '*a,',
        '*a, *b',
        '[*a, b, *c]',
        '[*a, [*b]]',
        '(*a)',
        '(*a,)',
        '[]',
        '()',
        '[a]',
        '*_, a'
      ],
      ...[
        '{}',
        '{1: a}',
        '{"a": 1, **r}',
        '{**r, "a": 1}',
        '{**_}',
        '{**r,}',
        '{a: 1}',
        '{a.b: c}',
        '{-1: a}',
        '{1: a, 2: a}'
      ],
      ...[
        'A()',
        'A(1)',
        'A(a=1)',
        'A(a=1, 2)',
        'A(a=1, a=2)',
        'A(1,)',
        'A(,)',
        'a.B(c)',
        'A()()',
        'A(*a)',
        'A(a)(b)'
      ],
      ...[
        '1 as a',
        'a as b',
        'a as _',
        'a as a',
        'a as b.c',
        '(1 as a) | (2 as a)',
        '1 as a | 2',
        '1 | 2 as a',
        'a if b'
      ],
      ...[
        '_ if b',
        'a if b := c',
        'a if',
        'not a',
        'a + b',
        'f(1)[0]',
        'a[0]',
        '...',
        '*1',
        'print()',
        'True',
        '""',
        '1 +',
        'x := 1'
      ]
    ].flatMap(pattern => [
      `match x:\n  case ${pattern}: pass`,
      `match x:\n  case ${pattern}: pass\n  case 2: pass`,
      `match x:\n  case 3:\n    pass\n  case ${pattern}:\n    pass`
    ]),
    [
      ...[
        'a',
        'a, b',
        'a,',
        '*a',
        '*a,',
        '*a, b',
        '(a)',
        '-a',
        'not a',
        'a := b',
        'lambda: a',
        'a if b else c',
        'a.b[0]'
      ],
      ...[
        '[a]',
        '{a}',
        '{a: b}',
        '(yield_)',
        'f(a)',
        'a == b',
        'a and b',
        '"a"',
        '1',
        'a b',
        '',
        'a, *b',
        'await a',
        '*a, *b'
      ],
      ...['a := 1, b', '(a, b)', '...', 'None', 'a for a in b', '**a']
    ].flatMap(subject => [
      `match ${subject}:\n  case 1: pass`,
      `match ${subject}: pass`
    ]),
    [
      'match x:\n  pass',
      'match x:\n  case 1: pass\n  x = 1',
      'match x:\n  case 1: pass\nelse: pass',
      'match x: case 1: pass',
      'match x:\n  case 1: pass\ncase 2: pass',
      'match x:\n  case _: pass\n  case _: pass',
      'match x:\n  case a:\n    match y:\n      case b: pass',
      'match = 1; case = 2; type = 3; _ = 4',
      'match(x)\ncase(y)\ntype(z)',
      'match[x]: int = 1',
      'match: int = 1',
      'match.x: int',
      'print(match, case, type)',
      'for match in case: type',
      'match x',
      'case 1: pass'
    ],
    // Statements.
    [
      ...[
        'x = 1;',
        'x = 1;;',
        ';',
        'x = 1; y = 2',
        'x = 1 y = 2',
        'x =',
        '= 1',
        'x = = 1',
        'x == 1',
        'x => 1',
        'x <> 1'
      ],
      ...[
        'x = y = 1',
        'x += y += 1',
        'x += y = 1',
        'x = y += 1',
        'x: int: str',
        'x: int = y = 1',
        'x: int += 1',
        'x: 1, 2'
      ],
      ...[
        'x: int = 1, 2',
        'x: int = *a, b',
        'x: int = *a',
        'x: (yield_)',
        'x++',
        '++x',
        'x--y',
        'x ** -y',
        'x ** not y'
      ],
      ...[
        'x + not y',
        'not x + y',
        'x not in y',
        'x not y',
        'x is not y',
        'x is not not y',
        'x in not y',
        'x < y < z',
        '~x'
      ],
      ...[
        'x if y',
        'x if y else',
        'x if y else z if a else b',
        'lambda',
        'lambda: lambda: 1',
        'x + lambda: 1',
        'x and lambda: 1'
      ],
      ...[
        'x.1',
        'x.y',
        'x..y',
        'x.',
        '.x',
        'x.None',
        'x.print',
        '(x).y',
        '1 .x',
        '"a".x',
        'x(1)(2)[3].y',
        'x{1}',
        'x y',
        '(x y)'
      ],
      ...[
        'pass',
        'pass 1',
        'pass; pass',
        'del',
        'del x,',
        'del x, y',
        'del (x), [y]',
        'del x y',
        'del x = 1',
        'del (x, y),'
      ],
      ...[
        'raise',
        'raise x',
        'raise x from y',
        'raise x, y',
        'raise from x',
        'raise x from',
        'raise x from y from z',
        'raise *x'
      ],
      ...[
        'assert x',
        'assert x, y',
        'assert x, y, z',
        'assert',
        'assert x,',
        'assert (x, y)',
        'assert x = 1',
        'assert x := 1'
      ],
      ...[
        'print x',
        'print "x"',
        'print',
        'print >>x, y',
        'exec "x"',
        'exec',
        '`x`',
        'x?y',
        '$x',
        'x!',
        '!x',
        'a!=b',
        'x = $'
      ],
      ...[
        'x\\',
        'x = 1 \\',
        'x = 1 \\\n',
        'x = 1 \\\n\n',
        'x = 1 + \\\n  2',
        'x = \\ 1',
        '(x \\\n)',
        'if x: \\\n  pass'
      ],
      ...[
        'x\u200b = 1',
        '\ufeffx = 1',
        'x = 1\u00a0',
        'x² = 1',
        'é = 1',
        'µ = 1',
        '😀 = 1',
        '𝐱 = 1',
        'x\u0301 = 1',
        '\u0301x = 1'
      ],
      ...[
        '“x”',
        'x – y',
        'x = ‘a’',
        'x.é',
        'x.²',
        'f(é=1)',
        'def é(): pass',
        'import é',
        'x = 5€',
        '名 = 1',
        'x… = 1',
        'ª = 1'
      ],
      ...[
        'x = 1\0',
        '# \0',
        '"\0"',
        'a\x01b',
        'x = 1 # comment \u200b',
        '"\u200b"',
        'x\f= 1',
        'x\v= 1',
        'print(1) if x else print(2)'
      ],
      ...[
        '*a',
        '*a, b',
        'x = *a',
        'x = *a,',
        '*a = b',
        '*a, = b',
        'print(*a)',
        'f(*a, *b, **c, **d)',
        'x[*a]',
        '(*a, *b)'
      ],
      ...[
        'yield_ = 1',
        'None',
        'None = 1',
        'True: int',
        'x = None.y',
        'True.x = 1',
        'x = yield_',
        '() = ()',
        '[] = ()',
        '() += 1'
      ],
      ...[
        'a = b if c else d = e',
        '(a, b) += 1',
        '(a) += 1',
        '[a] += 1',
        '(a): int',
        '(a, b): int',
        '[a]: int',
        'a, b: int'
      ],
      ...[
        'x = [1, 2',
        'x = (1',
        'x = {',
        'x = "a',
        "x = 'a\n'",
        'x = """a',
        'x = )',
        'x = (]',
        'x = [1)',
        'x = [,]',
        'x = (,)',
        'x = (1,,)'
      ],
      ...[
        'if x:\npass',
        'x\n  y',
        'if x:\n    y\n  z',
        'if x:\n  y\n    z',
        'for x in y',
        'while x\n  y',
        'else',
        'try',
        'lambda x'
      ]
    ]
  );
