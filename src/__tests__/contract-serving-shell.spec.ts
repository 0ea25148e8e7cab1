import { notebook, problemsOf } from './contract-notebooks';
import { firstFix, fixed, found, texts } from './contract-serving';

describe('install-line', () => {
  it.each([
    '!pip install numpy',
    '!pip3 install -q numpy',
    '!/usr/bin/pip3.11 install numpy',
    '!python -m pip install numpy',
    '!{sys.executable} -m pip install numpy',
    '%pip install numpy',
    '!uv pip install numpy',
    '!conda install -y numpy',
    '%conda install numpy',
    '%mamba install numpy',
    '!sudo apt-get install -y graphviz',
    '!apt -qq install graphviz',
    '!yes | pip install numpy',
    '!PIP_INDEX_URL=x pip install numpy',
    'out = !pip install numpy',
    'pip install numpy',
    'if True:\n    %pip install numpy'
  ])('is %s', source => {
    expect(problemsOf('SLP301', source)).toHaveLength(1);
    expect(problemsOf('SLP302', source)).toEqual([]);
  });

  it.each([
    'import os\nos.system("pip install numpy")',
    'import subprocess, sys\nsubprocess.check_call([sys.executable, "-m", "pip", "install", "numpy"])',
    'import subprocess\nsubprocess.run("apt-get -y install graphviz", shell=True)',
    'get_ipython().system("pip install numpy")',
    'import pip\npip.main(["install", "numpy"])'
  ])('is a call: %s', source => {
    expect(problemsOf('SLP301', source)).toHaveLength(1);
  });

  it.each([
    '!pip list',
    '!pip --version',
    '%pip freeze',
    '# !pip install numpy',
    'x = "!pip install numpy"',
    'print("pip install numpy")',
    '"""\n!pip install numpy\n"""',
    '!echo pip install numpy',
    '%%writefile setup.sh\npip install numpy',
    'import subprocess\nsubprocess.run(["ls", "pip"])',
    'pip = 3\npip'
  ])('is not %s', source => {
    expect(problemsOf('SLP301', source)).toEqual([]);
  });

  it('is every line of a shell cell', () => {
    const source =
      '%%bash\n# tools\npip install numpy\napt-get install -y git\n';
    expect(texts('SLP301', source)).toEqual([
      'pip install numpy',
      'apt-get install -y git'
    ]);
  });

  it('has all of a continued line', () => {
    const source = '!pip install \\\n  numpy==2.1.0\nx = 1';
    expect(texts('SLP301', source)).toEqual([
      '!pip install \\\n  numpy==2.1.0'
    ]);
    expect(fixed('SLP301', [source])).toEqual([
      'requirements = [["numpy", "2.1.0"]]',
      'x = 1'
    ]);
  });
});

describe('The fix of install-line', () => {
  it.each([
    [
      "!{sys.executable} -m pip install -q 'pandas>=2' scikit-learn==1.7.2 git+https://example.org/a.git",
      'requirements = [["pandas", ">=2"], ["scikit-learn", "1.7.2"]]',
      '!{sys.executable} -m pip install -q git+https://example.org/a.git'
    ],
    [
      '!conda install -y -c conda-forge xgboost=2.0 pytorch==2.1.0\nx = 1',
      'requirements = [["xgboost", "==2.0.*"], ["torch", "2.1.0"]]',
      'x = 1'
    ],
    [
      "import subprocess\nsubprocess.run(['pip', 'install', 'xgboost==2.0'])\nx = 1",
      'requirements = [["xgboost", "2.0"]]',
      'import subprocess\nx = 1'
    ],
    [
      'import subprocess, sys\nsubprocess.check_call([sys.executable, "-m", "pip", "install", "six==1.17.0"])',
      'requirements = [["six", "1.17.0"]]',
      'import subprocess, sys\n'
    ],
    [
      'import os\nos.system("pip install -q six==1.17.0")',
      'requirements = [["six", "1.17.0"]]',
      'import os\n'
    ]
  ])('moves what it can read: %s', (source, list, rest) => {
    expect(fixed('SLP301', [source])).toEqual([list, rest]);
  });

  it.each([
    '!conda install -n other xgboost',
    '!conda install python=3.10',
    '!conda create -n new xgboost',
    'import subprocess\nx = subprocess.run(["pip", "install", "six"])',
    'import subprocess\nsubprocess.run(["pip", "install", name])',
    '!pip install git+https://example.org/a.git',
    '!pip install -r requirements.txt six'
  ])('is none for %s', source => {
    const [problem] = problemsOf('SLP301', source);
    expect(problem.fixes).toBeUndefined();
  });

  it('is told where another version is declared', () => {
    const list = 'requirements = [["scikit-learn", "1.9.1"]]';
    const line = '%pip install scikit-learn==1.7.2';
    const [{ message, fixes }] = problemsOf('SLP301', list, line);
    expect(message).toContain('`scikit-learn==1.9.1`');
    expect(message).toContain('not `scikit-learn==1.7.2` as here');
    expect(fixes).toMatchObject([{ safe: false }]);
  });

  const declared = 'requirements = [["pandas", "2.2.3"]]';

  it.each([
    [
      'adds to the list',
      [declared, '!pip install numpy==2.1.0 scipy==1.14.0\nimport numpy\n'],
      [
        'requirements = [["pandas", "2.2.3"], ["numpy", "2.1.0"], ["scipy", "1.14.0"]]',
        'import numpy\n'
      ]
    ],
    [
      'declares one',
      ['%pip install -q --upgrade "numpy==2.1.0"'],
      ['requirements = [["numpy", "2.1.0"]]', '']
    ],
    [
      'keeps what is declared',
      [declared, '!pip install pandas==2.2.3'],
      [declared, '']
    ],
    [
      'keeps extras and specifiers',
      [declared, "!pip install 'uvicorn[standard]>=0.30,<1' scipy>=1.14"],
      [
        'requirements = [["pandas", "2.2.3"], ["uvicorn[standard]", ">=0.30,<1"], ["scipy", ">=1.14"]]',
        ''
      ]
    ],
    [
      'leaves a block something',
      [declared, 'if True:\n    !pip install numpy==2.1.0'],
      [
        'requirements = [["pandas", "2.2.3"], ["numpy", "2.1.0"]]',
        'if True:\n    pass'
      ]
    ],
    [
      'leaves no cell magic alone',
      [declared, '%%capture\n!pip install numpy==2.1.0\n'],
      ['requirements = [["pandas", "2.2.3"], ["numpy", "2.1.0"]]', '']
    ],
    [
      'leaves out redirections and pip itself',
      [declared, '!pip install --upgrade pip numpy==2.1.0 > /dev/null 2>&1'],
      ['requirements = [["pandas", "2.2.3"], ["numpy", "2.1.0"]]', '']
    ],
    [
      'reads what has no `%`',
      [declared, 'pip install numpy==2.1.0\nimport numpy'],
      [
        'requirements = [["pandas", "2.2.3"], ["numpy", "2.1.0"]]',
        'import numpy'
      ]
    ],
    [
      'minds line ends',
      [declared, 'x = 1\r\n!pip install numpy==2.1.0\r\ny = 2'],
      [
        'requirements = [["pandas", "2.2.3"], ["numpy", "2.1.0"]]',
        'x = 1\r\ny = 2'
      ]
    ]
  ])('%s', (_, before, after) => {
    expect(fixed('SLP301', before)).toEqual(after);
    expect(problemsOf('SLP301', ...after)).toEqual([]);
    expect(problemsOf('SLP201', ...after)).toEqual([]);
  });

  it('asks the kernel for versions that the line does not say', () => {
    const sources = [declared, '!pip install -U scikit-learn numpy==2.1.0'];
    const fix = firstFix('SLP301', notebook(...sources));
    expect(fix.safe).toBe(false);
    expect(fix.needs).toEqual({
      from: 'kernel',
      packages: [{ name: 'scikit-learn' }]
    });
    const answers = new Map([
      ['scikit-learn', { name: 'scikit-learn', version: '1.5.2' }]
    ]);
    expect(fixed('SLP301', sources, answers)[0]).toBe(
      'requirements = [["pandas", "2.2.3"], ["scikit-learn", "1.5.2"], ["numpy", "2.1.0"]]'
    );
  });

  it.each([
    ['one exact version', '!pip install numpy==2.1.0', true],
    ['what is declared just so', '!pip install pandas==2.2.3', true],
    ['another version than the declared', '!pip install pandas==2.2.2', false],
    ['a range', '!pip install numpy>=2', false],
    ['all of a series', '!pip install numpy==2.*', false],
    [
      'what only a branch installs',
      'if x:\n    !pip install numpy==2.1.0',
      false
    ]
  ])('is safe or not: %s', (_, source, isSafe) => {
    expect(firstFix('SLP301', notebook(declared, source)).safe).toBe(isSafe);
  });

  it('is not safe twice where nothing is declared: each would declare a list', () => {
    const source = notebook('!pip install a==1', '!pip install b==2');
    const safe = problemsOf(
      'SLP301',
      ...source.cells.map(cell => cell.source)
    ).map(({ fixes }) => fixes?.[0].safe);
    expect(safe).toEqual([true, false]);
  });

  it.each([
    '!pip install -r requirements.txt',
    '!pip install -e .',
    '!pip install git+https://example.org/a.git',
    '!pip install https://example.org/a-1.0-py3-none-any.whl',
    '!pip install ./a',
    '!pip install a.whl',
    '!pip install --index-url https://example.org/simple a==1',
    '!pip install {package}==1',
    '!pip install $package',
    '!pip install "a==1; python_version < \'3.9\'"',
    '!pip install a==1 && make',
    '!conda env update a=1',
    '!apt-get install a',
    'out = !pip install a==1'
  ])('is none for %s', source => {
    const [problem] = problemsOf('SLP301', source);
    expect(problem).toBeDefined();
    expect(problem.fixes).toBeUndefined();
  });
});

describe('shell-line', () => {
  it.each([
    '!wget https://example.org/a.csv',
    '!!make',
    '%sx make',
    '%system make',
    '!git clone https://example.org/a.git',
    'files = !make',
    '!ls && make',
    '!echo a > b.txt',
    '!nvidia-smi | tool'
  ])('is %s', source => {
    expect(problemsOf('SLP302', source)).toHaveLength(1);
  });

  it.each([
    '!ls -l data',
    '!head -n 3 data.csv | cut -d, -f1',
    '!nvidia-smi',
    '!echo "a; rm b"',
    '!cat data.csv 2> /dev/null',
    '!pwd',
    '!python --version',
    '!git status',
    '!',
    '# !make',
    '%matplotlib inline',
    '%%html\n<b>make</b>',
    '%%bash\nls\n# nothing\n',
    'x = 1 != 2',
    '!VAR=1 ls'
  ])('is not %s', source => {
    expect(problemsOf('SLP302', source)).toEqual([]);
  });

  it('is told once of a shell cell', () => {
    expect(texts('SLP302', '%%bash -e\nmake\nmake install\n')).toEqual([
      '%%bash -e'
    ]);
  });
});

describe('interactive-in-predictor', () => {
  it('finds calls and lines, by way of others too', () => {
    const cells = [
      'import matplotlib.pyplot as plt\nfrom tqdm.notebook import tqdm\nimport ipywidgets as w',
      'def clean(x):\n    %time y = x\n    !ls\n    return w.IntSlider(y)',
      'def predictor(x):\n    plt.plot(x); plt.show()\n    display(x)\n    print(x)\n    return [clean(y) for y in tqdm(x)]'
    ];
    expect(found('SLP303', ...cells)).toEqual([
      [1, '%time y = x'],
      [1, '!ls'],
      [1, 'w.IntSlider'],
      [2, 'plt.show'],
      [2, 'display'],
      [2, 'tqdm']
    ]);
    expect(problemsOf('SLP303', ...cells)[0].message).toContain(
      '`predictor`, by way of `clean`,'
    );
  });

  it.each([
    [
      'what no prediction runs',
      'display(1)\ndef show(x):\n    display(x)\ndef predictor(x):\n    return x'
    ],
    [
      'a function of that name',
      'def display(x):\n    return x\ndef predictor(x):\n    return display(x)'
    ],
    ['a parameter of that name', 'def predictor(input):\n    return input()'],
    ['a method of that name', 'def predictor(x):\n    return x.show()'],
    [
      'what makes the function',
      'def make():\n    display(1)\n    def inner(x):\n        return x\n    return inner\npredictor = make()'
    ],
    [
      'a method that nothing calls',
      'class Model:\n    def __init__(self):\n        display(1)\n    def plot(self):\n        display(2)\n    def score(self, x):\n        return x\nmodel = Model()\ndef predictor(x):\n    return model.score(x)'
    ]
  ])('leaves out %s', (_, source) => {
    expect(texts('SLP303', source)).toEqual([]);
  });

  it('finds a method that is called', () => {
    const source =
      'class Model:\n    def plot(self):\n        display(2)\n    def score(self, x):\n        self.plot()\nmodel = Model()\ndef predictor(x):\n    return model.score(x)';
    expect(texts('SLP303', source)).toEqual(['display']);
  });
});

describe('keyboard-input', () => {
  it.each([
    ['x = input()', 'input', 'error'],
    ['x = [input() for _ in range(2)]', 'input', 'error'],
    ['from getpass import getpass\nkey = getpass()', 'getpass', 'error'],
    ['import getpass as g\nkey = g.getpass("Key")', 'g.getpass', 'error'],
    ['import os\nkey = os.environ.get("K") or input()', 'input', 'warning'],
    ['if ask:\n    x = input()', 'input', 'warning'],
    ['def ask():\n    return input()\nx = ask()', 'input', 'error']
  ])('is in %s', (source, text, severity) => {
    expect(texts('SLP304', source)).toEqual([text]);
    expect(problemsOf('SLP304', source)[0].severity).toBe(severity);
  });

  it('names the cell that calls', () => {
    const problems = problemsOf(
      'SLP304',
      'def ask():\n    return input()',
      'x = ask()'
    );
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('cell 2')
    ]);
  });

  it.each([
    'def ask():\n    return input()',
    'input = iter([1]).__next__\nx = input()',
    'def f(input):\n    return input()\nf(int)',
    'x = model.input()',
    'input',
    'from mymodule import input\ninput()',
    'def predictor(x):\n    return input()'
  ])('is not in %s', source => {
    expect(texts('SLP304', source)).toEqual([]);
  });
});
