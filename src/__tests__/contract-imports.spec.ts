import { lintNotebook } from '../contract';
import type { IProblem } from '../contract';
import { applyFix, fixOf, found } from './contract-fixing';
import { notebook, problemsOf, textOf } from './contract-notebooks';

const none = 'requirements = []';

/** Where the files beside the notebook are known. */
function beside(siblings: string[], ...sources: string[]): IProblem[] {
  return lintNotebook({ ...notebook(...sources), siblings }).filter(
    ({ code }) => /^SLP1(09|10)$/.test(code)
  );
}

describe('An import that nothing declares', () => {
  it.each([
    ['import numpy as np', 'numpy', '`numpy`'],
    ['import sklearn.svm', 'sklearn.svm', '`scikit-learn`'],
    ['from sklearn import svm, tree', 'sklearn', '`scikit-learn`'],
    ['from PIL import Image', 'PIL', '`pillow`'],
    [
      'from google.cloud import storage',
      'google.cloud',
      '`google-cloud-storage`'
    ],
    ['def f():\n    import numpy', 'numpy', '`numpy`'],
    ['if x:\n    import numpy', 'numpy', '`numpy`'],
    ['import os, numpy', 'numpy', '`numpy`']
  ])('is told with the package: %j', (source, text, words) => {
    const [problem, ...more] = problemsOf('SLP109', none, source);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'warning', cellIndex: 1 });
    expect(problem.message).toContain(words);
    expect(textOf(problem, none, source)).toBe(text);
  });

  it('is told once for each package', () => {
    const cells = ['import numpy', 'import numpy as np\nimport pandas, yaml'];
    expect(
      problemsOf('SLP109', none, ...cells).map(problem =>
        textOf(problem, none, ...cells)
      )
    ).toEqual(['numpy', 'pandas', 'yaml']);
  });

  it('is a hint where the notebook goes on without it', () => {
    const guarded =
      'try:\n    import numpy\nexcept ImportError:\n    numpy = None';
    expect(problemsOf('SLP109', none, guarded)).toMatchObject([
      { severity: 'hint' }
    ]);
    expect(problemsOf('SLP109', none, guarded, 'import numpy')).toMatchObject([
      { severity: 'warning', cellIndex: 2 }
    ]);
  });

  it('is a hint where the build has it', () => {
    const source = 'from IPython.display import Image';
    const [problem] = problemsOf('SLP109', none, source);
    expect(problem.severity).toBe('hint');
    expect(problem.message).toContain('while the cells run');
  });

  it('is told of what is on no index, without a fix', () => {
    const [problem] = beside([], none, 'from google.colab import drive');
    expect(problem.message).toContain('no package that can be installed');
    expect(problem.fixes).toEqual([]);
  });

  it.each([
    'import sys\nif "google.colab" in sys.modules:\n    from google.colab import drive',
    'import sys\nIN_COLAB = "google.colab" in sys.modules\nif IN_COLAB:\n    from google.colab import drive',
    'try:\n    from google.colab import drive\nexcept ImportError:\n    drive = None'
  ])('is not told of what is imported only where it is: %s', source => {
    expect(beside([], none, source)).toEqual([]);
  });

  it.each([
    'import sys\nif "google.colab" in sys.modules:\n    pass\nelse:\n    from google.colab import drive',
    'IN_COLAB = False\nif not IN_COLAB:\n    from google.colab import drive'
  ])('is told of what is imported where it is not: %s', source => {
    expect(beside([], none, source)).toHaveLength(1);
  });

  it.each([
    'try:\n    import spacy\nexcept ImportError:\n    spacy = None',
    'import importlib.util\nif importlib.util.find_spec("spacy"):\n    import spacy',
    'from IPython.display import HTML'
  ])('is not added unasked where it can do without: %s', source => {
    const [problem] = problemsOf('SLP109', none, source);
    expect(problem.fixes).toMatchObject([{ safe: false }]);
    const sources = [source];
    expect(fixOf('SLP101', '', sources).title).toContain('empty list');
  });

  it.each([
    ['import os.path, sys'],
    ['from __future__ import annotations'],
    ['from . import helpers'],
    ['from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy'],
    ['%%bash\nimport numpy'],
    ['# import numpy'],
    ['import helpers'],
    ['from my_package.parts import part']
  ])('is not told for %j', source => {
    expect(problemsOf('SLP109', none, source)).toEqual([]);
  });

  it.each([
    ['requirements = [["numpy", "1"]]', 'import numpy'],
    ['requirements = [["NumPy[x]", "1"]]', 'import numpy'],
    ['requirements = ["numpy==1.26"]', 'import numpy'],
    ['requirements = [["numpy", "new"]]', 'import numpy'],
    ['requirements = [["scikit_learn", "1"]]', 'import sklearn'],
    ['requirements = [["opencv-contrib-python", "4"]]', 'import cv2'],
    ['requirements = [["tensorflow-macos", "2"]]', 'import tensorflow'],
    ['requirements = make()', 'import numpy'],
    ['requirements = [["numpy", "1"', 'import numpy'],
    ['x = 1', 'import numpy']
  ])('is not told beside %j', (declaration, source) => {
    expect(problemsOf('SLP109', declaration, source)).toEqual([]);
  });

  it('may be a module beside the notebook', () => {
    const source = 'import helpers, parts.one, absent';
    const [problem, ...more] = beside(
      ['helpers.py', 'parts', 'data.csv'],
      none,
      source
    );
    expect(more).toEqual([]);
    expect(textOf(problem, none, source)).toBe('absent');
    expect(problem.message).toContain('probably `absent`');
    const shadowed = ['numpy.py'];
    expect(beside(shadowed, none, 'import numpy')).toEqual([]);
  });

  it.each([
    ['%%writefile absent.py\nx = 1'],
    ['%%writefile -a lib/absent.py\nx = 1'],
    ['import sys\nsys.path.append("lib")'],
    ['%cd ..']
  ])('may be one that a cell makes or finds: %j', source => {
    expect(beside([], none, source, 'import absent')).toEqual([]);
  });

  it('may come with a package that nobody knows', () => {
    const declaration = 'requirements = [["acme-tools", "1"]]';
    expect(beside([], declaration, 'import acme')).toEqual([]);
    expect(beside([], declaration, 'import numpy')).toHaveLength(1);
  });
});

describe('A fix of undeclared imports', () => {
  const versions = found({ numpy: '2.1.0', 'scikit-learn': '1.5.2' });

  it('adds the package with the version of the kernel', () => {
    const sources = [
      'requirements = [["scipy", "1"]]',
      'import scipy, sklearn'
    ];
    const fix = fixOf('SLP109', 'Add scikit-learn', sources);
    expect(fix).toMatchObject({
      safe: true,
      needs: {
        from: 'kernel',
        packages: [{ name: 'scikit-learn', module: 'sklearn' }]
      }
    });
    expect(applyFix('SLP109', '', sources, versions)[0]).toBe(
      'requirements = [["scipy", "1"], ["scikit-learn", "1.5.2"]]'
    );
  });

  it('adds any version where nobody knows one', () => {
    expect(applyFix('SLP109', '', [none, 'import numpy'])[0]).toBe(
      'requirements = [["numpy", ">=0"]]'
    );
  });

  it('takes the name that the kernel knows', () => {
    const sources = [none, 'import cv2'];
    const other = new Map([
      [
        'opencv-python-headless',
        { name: 'opencv-contrib-python', version: '4.9' }
      ]
    ]);
    expect(applyFix('SLP109', '', sources, other)[0]).toBe(
      'requirements = [["opencv-contrib-python", "4.9"]]'
    );
  });

  it('makes the list of all of them', () => {
    const sources = [
      'import os, numpy as np, sklearn.svm\nfrom sklearn import tree\nfrom IPython.display import Image',
      'try:\n    import pandas\nexcept ImportError: pass\nfrom . import helpers'
    ];
    const fix = fixOf('SLP101', 'made from the imports', sources);
    expect(fix.safe).toBe(true);
    const after = applyFix('SLP101', '', sources, versions, ['SLP109']);
    expect(after).toEqual([
      'requirements = [["numpy", "2.1.0"], ["scikit-learn", "1.5.2"]]',
      ...sources
    ]);
  });

  it('makes an empty list where nothing is imported', () => {
    const sources = ['def f():\n    requirements = []'];
    const after = applyFix('SLP101', 'empty', sources);
    expect(after).toEqual([none, ...sources]);
  });
});

describe('A requirement that no cell imports', () => {
  const declaration =
    'requirements = [\n    ["numpy", "1"],\n    ["pandas", "2"],\n]';

  it('is told, and removed by a fix', () => {
    const sources = [declaration, 'import numpy'];
    const [problem, ...more] = problemsOf('SLP110', ...sources);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'hint', cellIndex: 0 });
    expect(textOf(problem, ...sources)).toBe('["pandas", "2"]');
    expect(fixOf('SLP110', 'Remove pandas', sources).safe).toBe(false);
    expect(applyFix('SLP110', '', sources)).toEqual([
      'requirements = [\n    ["numpy", "1"],\n]',
      'import numpy'
    ]);
  });

  it.each([
    ['import pandas.core'],
    ['from pandas import DataFrame'],
    ['def f():\n    import pandas'],
    ['try:\n    import pandas\nexcept ImportError: pass'],
    ['importlib.import_module(name)'],
    ['%load_ext watermark'],
    ['%run other.py'],
    ['plot(backend="pandas")'],
    ['!python -m pandas'],
    ['import helpers'],
    ['x = = 1']
  ])('is not told beside %j', source => {
    expect(problemsOf('SLP110', declaration, 'import numpy', source)).toEqual(
      []
    );
  });

  it.each([
    'openpyxl',
    'pandas[excel]',
    'PyArrow',
    'acme-tools',
    'types-requests',
    'nvidia-cublas-cu12'
  ])('is not told of %s', name => {
    expect(problemsOf('SLP110', `requirements = [["${name}", "1"]]`)).toEqual(
      []
    );
  });

  it('is not told of what others are built upon, beside those', () => {
    const pair = 'requirements = [["scikit-learn", "1"], ["scipy", "1"]]';
    expect(problemsOf('SLP110', pair, 'import sklearn')).toEqual([]);
    const alone = 'requirements = [["scipy", "1"]]';
    expect(problemsOf('SLP110', alone)).toHaveLength(1);
  });

  it('is told of what is imported for types only by nobody', () => {
    const source =
      'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas';
    expect(problemsOf('SLP110', declaration, 'import numpy', source)).toEqual(
      []
    );
  });
});
