import { lintNotebook, NotebookLinter } from '../contract';
import { notebook, problemsOf } from './contract-notebooks';
import { found, texts } from './contract-serving';

const PANDAS = 'import pandas as pd\n';

describe('absolute-path', () => {
  it.each([
    [`${PANDAS}pd.read_csv("/home/ada/a.csv")`, '"/home/ada/a.csv"'],
    [`${PANDAS}pd.read_csv(filepath_or_buffer="/data/a.csv")`, '"/data/a.csv"'],
    [`${PANDAS}pd.read_csv(r"C:\\data\\a.csv")`, 'r"C:\\data\\a.csv"'],
    [
      `${PANDAS}pd.read_csv("\\\\\\\\server\\\\a.csv")`,
      '"\\\\\\\\server\\\\a.csv"'
    ],
    ['open("~/a.txt")', '"~/a.txt"'],
    ['open("/data/a.txt", "w")', '"/data/a.txt"'],
    ['DATA = "/data/"\nx = open(DATA + "a.txt")', '"/data/"'],
    ['x = open(f"/data/{name}.txt")', 'f"/data/{name}.txt"'],
    ['x = open("/data/{}.txt".format(name))', '"/data/{}.txt"'],
    ['import os\nx = open(os.path.join("/data", name))', '"/data"'],
    ['import os\nos.chdir("/content/drive")', '"/content/drive"'],
    ['import sys\nsys.path.append("/opt/lib")', '"/opt/lib"'],
    ['import sys\nsys.path.insert(0, "/opt/lib")', '"/opt/lib"'],
    ['import os\nx = os.path.expanduser("~/a")', '"~/a"'],
    ['from pathlib import Path\nx = Path.home() / "a"', 'Path.home()'],
    [
      'from pathlib import Path\nhome = Path.home()\nopen(home / "a")',
      'Path.home()'
    ],
    ['from pathlib import Path\nx = Path("/data") / "a"', '"/data"'],
    ['import pathlib\nx = pathlib.Path("/data/a").read_text()', '"/data/a"'],
    ['import joblib\nx = joblib.load("/models/m.pkl")', '"/models/m.pkl"'],
    ['import numpy as np\nnp.save("/data/a.npy", x)', '"/data/a.npy"'],
    [
      'def f():\n    import numpy as np\n    return np.load("/a/b.npy")',
      '"/a/b.npy"'
    ],
    ['read = open\nx = read("/data/a")', '"/data/a"'],
    ['from PIL import Image\nx = Image.open("/a/b.png")', '"/a/b.png"'],
    ['from tensorflow import keras\nx = keras.models.load_model("/m")', '"/m"'],
    ['import tensorflow as tf\nx = tf.keras.models.load_model("/m")', '"/m"'],
    ['open("file:///a/b")', '"file:///a/b"']
  ])('is in %s', (source, text) => {
    expect(texts('SLP305', source)).toEqual([text]);
  });

  it.each([
    `${PANDAS}pd.read_csv("a.csv")`,
    `${PANDAS}pd.read_csv("https://example.org/a.csv")`,
    `${PANDAS}pd.read_csv("s3://bucket/a.csv")`,
    `${PANDAS}pd.read_json('{"a": 1}')`,
    'open("/tmp/a.txt", "w")',
    'open("/dev/null")',
    'x = "/home/ada/a.csv"',
    'print("/home/ada")',
    'open(path)',
    'def open(path):\n    pass\nopen("/data/a")',
    'x.load("/data/a")',
    'import re\nre.split("/", text)',
    'import os\nos.path.join(root, "/a")',
    'import os\nos.listdir(".")',
    'client.open("/route")',
    'from pathlib import Path\nhome = Path.home()\nprint(home)',
    'import os\nhome = os.path.expanduser("~")'
  ])('is not in %s', source => {
    expect(texts('SLP305', source)).toEqual([]);
  });

  it('is told once of a constant, where it stands', () => {
    const cells = [
      `${PANDAS}import os\nDATA = "/data"`,
      'a = pd.read_csv(os.path.join(DATA, "a.csv"))\nb = pd.read_csv(DATA + "/b.csv")'
    ];
    expect(found('SLP305', ...cells)).toEqual([[0, '"/data"']]);
  });

  it('takes the definition that holds at the place', () => {
    expect(
      texts('SLP305', 'p = "a.txt"\nopen(p)\np = "/data/b"', 'open(p)\np = "c"')
    ).toEqual(['"/data/b"']);
  });
});

/** What of `file-not-beside` is found beside `data` and `a.csv`. */
function missing(...sources: string[]): (string | undefined)[] {
  return lintNotebook({ ...notebook(...sources), siblings: ['data', 'a.csv'] })
    .filter(({ code }) => code === 'SLP306')
    .map(({ range, cellIndex }) =>
      sources[cellIndex ?? 0].slice(range?.from, range?.to)
    );
}

describe('file-not-beside', () => {
  it.each([
    [`${PANDAS}pd.read_csv("b.csv")`, '"b.csv"'],
    [`${PANDAS}pd.read_csv("./b/c.csv")`, '"./b/c.csv"'],
    [`${PANDAS}pd.read_csv("../a.csv")`, '"../a.csv"'],
    [`${PANDAS}pd.read_csv("data/../../a.csv")`, '"data/../../a.csv"'],
    ['with open("b.txt") as f:\n    x = f.read()', '"b.txt"'],
    ['NAME = "b.txt"\nx = open(NAME)', 'NAME'],
    [
      'from pathlib import Path\nx = Path("b.txt").read_text()',
      'Path("b.txt")'
    ],
    ['def load():\n    return open("b.txt")\nx = load()', '"b.txt"']
  ])('is in %s', (source, text) => {
    expect(missing(source)).toEqual([text]);
  });

  it.each([
    [`${PANDAS}pd.read_csv("a.csv")`],
    [`${PANDAS}pd.read_csv("data/x.csv")`],
    [`${PANDAS}pd.read_csv("data/../a.csv")`],
    [`${PANDAS}pd.read_csv(f"{name}.csv")`],
    [`${PANDAS}pd.read_csv("*.csv")`],
    [`${PANDAS}pd.read_csv("/b.csv")`],
    [`${PANDAS}df.to_csv("b.csv")\npd.read_csv("b.csv")`],
    [`${PANDAS}df.to_csv(path)`, 'pd.read_csv("b.csv")'],
    ['open("b.txt", "w")', 'open("b.txt")'],
    ['import os\nos.makedirs("out")', 'open("out/b.txt")'],
    ['!wget https://example.org/x.zip && unzip x.zip', 'open("b.txt")'],
    ['%cd data', 'open("b.txt")'],
    ['%%writefile b.txt\nhello', 'open("b.txt")'],
    ['import os\nos.chdir("data")', 'open("b.txt")'],
    [
      'from urllib.request import urlretrieve\nurlretrieve(url, name)',
      'open("b.txt")'
    ],
    ['import zipfile\nzipfile.ZipFile("a.csv").extractall()', 'open("b.txt")'],
    ['import numpy as np\nnp.save("b", x)', 'np.load("b.npy")'],
    ['import os\nif os.path.exists("b.txt"):\n    x = open("b.txt")'],
    ['try:\n    x = open("b.txt")\nexcept OSError:\n    x = None'],
    ['def load():\n    return open("b.txt")'],
    ['import os\nos.listdir("b")'],
    ['open("")']
  ])('is not in %s', (...sources) => {
    expect(missing(...sources)).toEqual([]);
  });

  it('knows nothing of files where nobody says which there are', () => {
    expect(texts('SLP306', 'open("b.txt")')).toEqual([]);
    expect(texts('SLP306', 'open("../b.txt")')).toEqual(['"../b.txt"']);
  });

  it('goes on where a cell copies only values', () => {
    expect(missing('y = x.copy()\n!ls', 'open("b.txt")')).toEqual(['"b.txt"']);
  });
});

describe('file-at-prediction', () => {
  it.each([
    ['def predictor(x):\n    return open("a.txt").read()', '"a.txt"'],
    [
      'def load():\n    return open("a.txt")\ndef predictor(x):\n    return load()',
      '"a.txt"'
    ],
    ['PATH = "a.txt"\ndef predictor(x):\n    return open(PATH)', 'PATH'],
    [
      'from pathlib import Path\nDATA = Path("data")\ndef predictor(x):\n    return open(DATA / x)',
      'DATA / x'
    ],
    [
      'def predictor(x):\n    import joblib\n    return joblib.load("m.pkl").predict(x)',
      '"m.pkl"'
    ],
    ['predictor = lambda x: open("a.txt").read()', '"a.txt"'],
    [
      'class M:\n    def score(self, x):\n        return open("a.txt")\nm = M()\ndef predictor(x):\n    return m.score(x)',
      '"a.txt"'
    ]
  ])('is in %s', (source, text) => {
    expect(texts('SLP307', source)).toEqual([text]);
  });

  it.each([
    'text = open("a.txt").read()\ndef predictor(x):\n    return text',
    'def predictor(path):\n    return open(path).read()',
    'def predictor(x):\n    return open(x["path"]).read()',
    'from PIL import Image\nimport io\ndef predictor(x):\n    return Image.open(io.BytesIO(x))',
    'import pandas as pd\ndef predictor(url):\n    return pd.read_csv("https://example.org/a.csv")',
    'def predictor(x):\n    open("log.txt", "a").write(x)',
    'class M:\n    def __init__(self):\n        self.m = open("a.txt").read()\nm = M()\ndef predictor(x):\n    return m.m',
    'def make():\n    text = open("a.txt").read()\n    return lambda x: text\npredictor = make()',
    'def predictor(x, text=open("a.txt").read()):\n    return text'
  ])('is not in %s', source => {
    expect(texts('SLP307', source)).toEqual([]);
  });

  it('is no file that is missing, too', () => {
    expect(
      missing(
        'def predictor(x):\n    return open("b.txt").read()\npredictor(1)'
      )
    ).toEqual([]);
  });

  it('says by which way the prediction comes there', () => {
    const [{ message }] = problemsOf(
      'SLP307',
      'def load():\n    return open("a.txt")\ndef predictor(x):\n    return load()'
    );
    expect(message).toContain('`predictor`, by way of `load`, reads `a.txt`');
  });
});

describe('What is remembered of files', () => {
  it('is forgotten when names mean something else', () => {
    const linter = new NotebookLinter();
    const use = 'x = open(DATA)\ny = open("/a/b")';
    const edits = [
      ['', use],
      ['DATA = "/data/a"', use],
      ['DATA = BASE + "a"', 'BASE = "/base"', use],
      ['def open(path):\n    pass', use],
      ['read = open', use.replace(/open/g, 'read')],
      [use, use],
      [use]
    ];
    for (const sources of edits) {
      const source = notebook(...sources);
      const [again, afresh] = [linter.lint(source), lintNotebook(source)].map(
        problems =>
          problems.map(({ fixes, ...rest }) => ({
            ...rest,
            fixes: fixes?.length
          }))
      );
      expect(again).toEqual(afresh);
    }
  });
});
