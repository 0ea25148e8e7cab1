import { notebook, problemsOf } from './contract-notebooks';
import { fixed, found, texts } from './contract-serving';

describe('global-changed', () => {
  it.each([
    ['n = 0\ndef predictor(x):\n    global n\n    n += 1\n    return n', 'n'],
    ['n = 0\ndef predictor(x):\n    global n\n    n = x', 'n'],
    ['cache = {}\ndef predictor(x):\n    cache[x] = 1', 'cache[x]'],
    ['cache = {}\ndef predictor(x):\n    del cache[x]', 'cache[x]'],
    ['cache = {}\ndef predictor(x):\n    cache[x] += 1', 'cache[x]'],
    ['cache = {}\ndef predictor(x):\n    cache["a"].b, y = x', 'cache["a"].b'],
    ['model = make()\ndef predictor(x):\n    model.last = x', 'model.last'],
    ['seen = []\ndef predictor(x):\n    seen.append(x)', 'seen.append'],
    ['seen = set()\ndef predictor(x):\n    seen.add(x)', 'seen.add'],
    [
      'seen = [y for y in z]\ndef predictor(x):\n    return seen.pop()',
      'seen.pop'
    ],
    [
      'from collections import deque\nq = deque(maxlen=3)\ndef predictor(x):\n    q.append(x)',
      'q.append'
    ],
    [
      'import collections\nc = collections.Counter()\npredictor = lambda x: c.update(x)',
      'c.update'
    ],
    [
      'seen = []\ndef note(x):\n    seen.append(x)\ndef predictor(x):\n    note(x)',
      'seen.append'
    ],
    ['def predictor(x):\n    predictor.calls = 1', 'predictor.calls']
  ])('is in %s', (source, text) => {
    expect(texts('SLP309', source)).toEqual([text]);
  });

  it.each([
    'seen = []\ndef predictor(x):\n    seen = []\n    seen.append(x)',
    'def predictor(x):\n    x.append(1)\n    x["a"] = 2\n    x.b = 3',
    'seen = []\nseen.append(1)\ndef predictor(x):\n    return seen',
    'seen = []\ndef note(x):\n    seen.append(x)\nnote(1)\ndef predictor(x):\n    return x',
    'log = make()\ndef predictor(x):\n    log.add(x)',
    'import numpy as np\nnp.random.seed(1)\ndef predictor(x):\n    np.seterr.a = 1',
    'a = [1]\ndef predictor(x):\n    return a.index(x) + a.count(x)',
    'a = {}\ndef predictor(x):\n    return a.get(x), a[x] == 1',
    'a = {}\ndef predictor(x):\n    b = dict(a)\n    b[x] = 1',
    'class M:\n    n = 0\n    def score(self, x):\n        self.n += 1\nm = M()\ndef predictor(x):\n    return m.score(x)',
    'def predictor(x):\n    total = 0\n    def add(y):\n        nonlocal total\n        total += y\n    add(x)',
    'def predictor(x):\n    import json\n    return json'
  ])('is not in %s', source => {
    expect(texts('SLP309', source)).toEqual([]);
  });

  it.each([
    'calls = 0\ndef predictor(x):\n    global calls\n    calls += 1\n    return x',
    'n = 0\ndef counted(f):\n    def inner(x):\n        global n\n        n = n + 1  # one more\n        return f(x)\n    return inner\n@counted\ndef predictor(x):\n    return x'
  ])('is a hint where it only counts: %s', source => {
    const [problem, ...more] = problemsOf('SLP309', source);
    expect(more).toEqual([]);
    expect(problem.severity).toBe('hint');
    expect(problem.message).not.toContain('answers would depend');
  });

  it.each([
    'n = 0\ndef predictor(x):\n    global n\n    n += 1\n    return n',
    'n = 0\ndef predictor(x):\n    global n\n    n += x',
    'n = 0\ndef predictor(x):\n    global n\n    n = n + 1 if x else 0',
    'n = 0\ndef late(): return n\ndef predictor(x):\n    global n\n    n += 1\n    return late()'
  ])('is a warning where answers may depend on it: %s', source => {
    expect(problemsOf('SLP309', source)).toMatchObject([
      { severity: 'warning' }
    ]);
  });

  it('is told once of each global and function', () => {
    const source =
      'a = []\nb = []\ndef predictor(x):\n    a.append(x)\n    a.append(x)\n    b.append(x)';
    expect(texts('SLP309', source)).toEqual(['a.append', 'b.append']);
  });
});

describe('not-picklable', () => {
  const use = '\ndef predictor(x):\n    return value';

  it.each([
    ['import threading\nvalue = threading.Lock()', 'a lock'],
    ['from threading import RLock as L\nvalue = L()', 'a lock'],
    ['value = (x for x in y)', 'a generator'],
    ['def make():\n    yield 1\nvalue = make()', 'a generator'],
    ['def make():\n    x = yield 1\nvalue = make()', 'a generator'],
    ['value = open("a", "rb")', 'an open file'],
    ['value = open("a", mode="w")', 'an open file'],
    ['with open("a") as value:\n    pass', 'a file that is closed'],
    ['import sqlite3\nvalue = sqlite3.connect("a")', 'a connection'],
    ['import sqlalchemy as sa\nvalue = sa.create_engine(url)', 'a connection'],
    ['import pymongo\nvalue = pymongo.MongoClient()', 'a connection'],
    [
      'from concurrent.futures import ThreadPoolExecutor\nvalue = ThreadPoolExecutor(2)',
      'a pool'
    ],
    [
      'import concurrent.futures\nvalue = concurrent.futures.ThreadPoolExecutor(2)',
      'a pool'
    ],
    ['import subprocess\nvalue = subprocess.Popen(["a"])', 'a running process'],
    ['import threading\nvalue = {"a": [threading.Lock()]}', 'a lock'],
    ['import threading\na = threading.Lock()\nvalue = a', 'a lock'],
    [
      'import threading\nclass A:\n    def __init__(self):\n        self.lock = threading.Lock()\nvalue = A()',
      'a lock'
    ],
    ['import tensorflow as tf\nvalue = tf.compat.v1.Session()', 'a session']
  ])('is %s', (source, what) => {
    const problems = problemsOf('SLP310', source + use);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining(`\`value\` holds ${what}`)
    ]);
  });

  it.each([
    'value = open("a").read()',
    'value = open("a")',
    'import requests\nvalue = requests.Session()',
    'import threading\nvalue = threading',
    'import threading\nvalue = threading.Lock',
    'value = [x for x in y]',
    'value = list(x for x in y)',
    'def make():\n    return 1\nvalue = make()',
    'def make():\n    def inner():\n        yield 1\n    return list(inner())\nvalue = make()',
    'from functools import lru_cache\n@lru_cache\ndef make():\n    yield 1\nvalue = make()',
    'import threading\nvalue = threading.Lock()\nvalue = 1',
    'def connect():\n    return 1\nvalue = connect()',
    'import threading\nclass A:\n    def __init__(self):\n        self.lock = threading.Lock()\n    def __getstate__(self):\n        return {}\nvalue = A()',
    'import logging\nvalue = logging.getLogger()',
    'import random\nvalue = random.Random(0)',
    'with open("a") as f:\n    value = f.read()'
  ])('is not %s', source => {
    expect(texts('SLP310', source + use)).toEqual([]);
  });

  it('matters only where a prediction needs it, and names both places', () => {
    const cells = [
      'import threading\nlock = threading.Lock()\nother = threading.Lock()',
      'def guard(x):\n    with lock:\n        return x',
      'def predictor(x):\n    return guard(x)\ndef unused():\n    return other'
    ];
    expect(found('SLP310', ...cells)).toEqual([[0, 'lock']]);
    expect(problemsOf('SLP310', ...cells)[0].message).toContain(
      '`predictor`, by way of `guard`, needs it in cell 2'
    );
  });

  it('is not what the function makes itself', () => {
    const source =
      'import threading\ndef predictor(x):\n    with threading.Lock():\n        return x';
    expect(texts('SLP310', source)).toEqual([]);
  });
});

describe('hidden-name', () => {
  it.each([
    ['def predictor(x):\n    return globals()[x]', 'globals()'],
    ['def predictor(x):\n    return eval("a + 1")', 'eval("a + 1")'],
    ['def predictor(x):\n    exec(code)', 'exec(code)'],
    [
      'import sys\ndef predictor(x):\n    return getattr(sys.modules["__main__"], x)',
      'getattr(sys.modules["__main__"], x)'
    ],
    [
      'import importlib\ndef predictor(x):\n    return importlib.import_module(x)',
      'importlib.import_module(x)'
    ],
    ['def predictor(x):\n    return __import__(x)', '__import__(x)'],
    [
      'def look(x):\n    return globals()[x]\ndef predictor(x):\n    return look(x)',
      'globals()'
    ]
  ])('is in %s', (source, text) => {
    expect(texts('SLP311', source)).toEqual([text]);
  });

  it.each([
    'globals()["a"] = 1\nexec("b = 1")\ndef predictor(x):\n    return x',
    'def predictor(x):\n    return x.eval("a + 1")',
    'model = make()\ndef predictor(x):\n    model.eval()\n    return model(x)',
    'def predictor(x):\n    return getattr(x, "a"), vars(x), locals()',
    'import importlib\ndef predictor(x):\n    return importlib.import_module("json")',
    'def eval(x):\n    return x\ndef predictor(x):\n    return eval(x)',
    'def predictor(x):\n    return eval(x, {})'
  ])('is not in %s', source => {
    expect(texts('SLP311', source)).toEqual([]);
  });
});

describe('unseeded-randomness', () => {
  const use = '\ndef predictor(x):\n    return m';

  it.each([
    ['from sklearn.cluster import KMeans\nm = KMeans(3)', 'KMeans'],
    [
      'import sklearn.ensemble as e\nm = e.RandomForestClassifier()',
      'e.RandomForestClassifier'
    ],
    [
      'import sklearn.cluster\nm = sklearn.cluster.KMeans(3)',
      'sklearn.cluster.KMeans'
    ],
    [
      'from sklearn.model_selection import train_test_split\nm, t = train_test_split(x)',
      'train_test_split'
    ],
    [
      'from sklearn.model_selection import KFold\nm = KFold(shuffle=True)',
      'KFold'
    ],
    ['import numpy as np\nm = np.random.rand(3)', 'np.random.rand'],
    ['from numpy import random\nm = random.rand(3)', 'random.rand'],
    [
      'import numpy as np\nm = np.random.default_rng()',
      'np.random.default_rng'
    ],
    ['import random\nm = random.random()', 'random.random'],
    ['import random as r\nm = r.choice([1])', 'r.choice'],
    ['from random import shuffle\nm = [1]\nshuffle(m)', 'shuffle'],
    ['import torch\nm = torch.nn.Linear(1, 1)', 'torch.nn.Linear'],
    ['from torch import nn\nm = nn.Linear(1, 1)', 'nn.Linear'],
    [
      'import tensorflow as tf\nm = tf.keras.layers.Dense(1)',
      'tf.keras.layers.Dense'
    ],
    ['from tensorflow.keras.layers import Dense\nm = Dense(1)', 'Dense']
  ])('is in %s', (source, text) => {
    expect(texts('SLP312', source + use)).toEqual([text]);
  });

  it.each([
    'from sklearn.cluster import KMeans\nm = KMeans(3, random_state=1)',
    'from sklearn.cluster import KMeans\nm = KMeans(3, random_state=None)',
    'from sklearn.cluster import KMeans\nm = KMeans(**options)',
    'import numpy as np\nfrom sklearn.cluster import KMeans\nnp.random.seed(1)\nm = KMeans(3)',
    'from sklearn.model_selection import train_test_split\nm, t = train_test_split(x, shuffle=False)',
    'from sklearn.model_selection import KFold\nm = KFold(5)',
    'from sklearn.linear_model import LinearRegression\nm = LinearRegression()',
    'import numpy as np\nnp.random.seed(0)\nm = np.random.rand(3)',
    'import numpy as np\nm = np.random.default_rng(0)',
    'import numpy as np\nrng = np.random.RandomState(seed=0)\nm = rng.rand(3)',
    'import random\nrandom.seed(0)\nm = random.random()',
    'import torch\ntorch.manual_seed(0)\nm = torch.nn.Linear(1, 1)',
    'import tensorflow as tf\ntf.random.set_seed(0)\nm = tf.keras.layers.Dense(1)',
    'import tensorflow as tf\ntf.keras.utils.set_random_seed(0)\nm = tf.keras.layers.Dense(1)',
    'import numpy as np\ndef seed_all():\n    np.random.seed(0)\nseed_all()\nm = np.random.rand(3)',
    'import numpy as np\nm = np.random.RandomState',
    'm = random.random()',
    'from mymodule import random\nm = random.random()'
  ])('is not in %s', source => {
    expect(texts('SLP312', source + use)).toEqual([]);
  });

  it('matters only in cells that a prediction needs', () => {
    expect(
      texts(
        'SLP312',
        'import random',
        'x = random.random()',
        'def predictor(x):\n    return x'
      )
    ).toEqual([]);
    const source =
      'import random\ndef predictor(x):\n    return random.random()';
    expect(texts('SLP312', source)).toEqual([]);
  });

  it('is told once of a source that many share', () => {
    const source =
      'import numpy as np\nm = np.random.rand(3)\nn = np.random.rand(4)';
    expect(texts('SLP312', source + use)).toEqual(['np.random.rand']);
  });

  it.each([
    [
      'from sklearn.cluster import KMeans\nm = KMeans(3)',
      'from sklearn.cluster import KMeans\nm = KMeans(3, random_state=0)'
    ],
    [
      'from sklearn.cluster import KMeans\nm = KMeans()',
      'from sklearn.cluster import KMeans\nm = KMeans(random_state=0)'
    ],
    [
      'from sklearn.cluster import KMeans\nm = KMeans(\n    n_clusters=3,  # three\n)',
      'from sklearn.cluster import KMeans\nm = KMeans(\n    n_clusters=3, random_state=0,  # three\n)'
    ],
    [
      'import numpy as np\nm = np.random.default_rng()',
      'import numpy as np\nm = np.random.default_rng(0)'
    ],
    [
      'import numpy as np\nfor i in range(3):\n    m = np.random.rand(3)',
      'import numpy as np\nnp.random.seed(0)\nfor i in range(3):\n    m = np.random.rand(3)'
    ],
    [
      'import random\nm = random.random()',
      'import random\nrandom.seed(0)\nm = random.random()'
    ],
    [
      'import torch\nm = torch.nn.Linear(1, 1)',
      'import torch\ntorch.manual_seed(0)\nm = torch.nn.Linear(1, 1)'
    ]
  ])('has a fix: %s', (before, after) => {
    expect(fixed('SLP312', [before + use])).toEqual([after + use]);
    expect(problemsOf('SLP312', after + use)).toEqual([]);
    const [{ fixes }] = problemsOf('SLP312', before + use);
    expect(fixes?.map(({ safe }) => safe)).toEqual([false]);
  });
});

describe('The rules about serving', () => {
  it('find nothing in a notebook without functions of the contract', () => {
    const { cells } = notebook('cache = {}', 'cache[1] = 2', 'display(cache)');
    const sources = cells.map(({ source }) => source);
    for (const code of ['SLP303', 'SLP307', 'SLP309', 'SLP310', 'SLP311']) {
      expect(problemsOf(code, ...sources)).toEqual([]);
    }
  });
});
