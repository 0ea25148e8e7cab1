import { readFileSync } from 'fs';
import { join } from 'path';

import {
  distributionOf,
  importNamesOf,
  isStandardLibrary
} from '../contract/packages/modules';

const read = (...path: string[]): string =>
  readFileSync(join(__dirname, '../..', ...path), 'utf8');

describe('distributionOf', () => {
  it.each([
    ['sklearn.linear_model', 'scikit-learn'],
    ['cv2', 'opencv-python-headless'],
    ['PIL.Image', 'pillow'],
    ['attr', 'attrs'],
    ['yaml', 'PyYAML'],
    ['bs4', 'beautifulsoup4'],
    ['fitz', 'PyMuPDF'],
    ['mpl_toolkits.mplot3d', 'matplotlib'],
    ['mpl_toolkits.basemap', 'basemap'],
    ['ruamel.yaml', 'ruamel.yaml'],
    ['distutils.core', 'setuptools']
  ])('knows what brings %s', (module, distribution) => {
    expect(distributionOf(module)).toBe(distribution);
  });

  it.each([
    ['numpy', 'numpy'],
    ['tensorflow.keras.layers', 'tensorflow'],
    ['IPython.display', 'ipython'],
    ['typing_extensions', 'typing-extensions'],
    ['sentence_transformers', 'sentence-transformers']
  ])('knows that %s has the name of its distribution', (module, name) => {
    expect(distributionOf(module)).toBe(name);
  });

  it('takes the longest name below a namespace', () => {
    expect(distributionOf('google.cloud.bigquery')).toBe(
      'google-cloud-bigquery'
    );
    expect(distributionOf('google.cloud.storage.blob')).toBe(
      'google-cloud-storage'
    );
    expect(distributionOf('google.protobuf.message')).toBe('protobuf');
    expect(distributionOf('google.generativeai')).toBe('google-generativeai');
    expect(distributionOf('azure.storage.blob')).toBe('azure-storage-blob');
  });

  it('takes no guess at a namespace', () => {
    for (const module of ['google', 'google.cloud', 'azure', 'azure.unheard']) {
      expect(distributionOf(module)).toBeUndefined();
    }
  });

  it('knows nothing of names that are not listed', () => {
    for (const module of ['my_helpers', 'constructor', '__proto__', '', '.']) {
      expect(distributionOf(module)).toBeUndefined();
    }
  });
});

describe('isStandardLibrary', () => {
  it.each(['os.path', 'json', 'asyncio', 'tomllib', 'zoneinfo', 'winreg'])(
    'knows %s',
    module => expect(isStandardLibrary(module)).toBe(true)
  );

  it.each(['distutils', 'asyncore', 'imp', 'cgi', 'telnetlib'])(
    'knows %s, which later Pythons no longer have',
    module => expect(isStandardLibrary(module)).toBe(true)
  );

  it.each(['numpy', 'typing_extensions', 'constructor', ''])(
    'does not count %s',
    module => expect(isStandardLibrary(module)).toBe(false)
  );
});

describe('importNamesOf', () => {
  it.each([
    ['scikit-learn', ['sklearn']],
    ['Scikit_Learn[all]', ['sklearn']],
    ['attrs', ['attr', 'attrs']],
    ['matplotlib', ['matplotlib', 'mpl_toolkits', 'pylab']],
    ['google-cloud-storage', ['google.cloud.storage']],
    ['ipython', ['IPython']],
    ['pyyaml', ['yaml']]
  ])('names what %s brings', (distribution, modules) => {
    expect(importNamesOf(distribution)).toEqual(modules);
  });

  it('names a module also for those that are not the first choice for it', () => {
    expect(importNamesOf('opencv-python')).toEqual(['cv2']);
    expect(importNamesOf('tensorflow-cpu')).toEqual(['tensorflow']);
    expect(importNamesOf('psycopg2')).toEqual(['psycopg2']);
  });

  it('says nothing of what it does not know', () => {
    expect(importNamesOf('a-package-of-ours')).toEqual([]);
    expect(importNamesOf('constructor')).toEqual([]);
  });
});

describe('the table', () => {
  const copy = read('src/contract/packages/import-names.json');

  it('is the one of the builder', () => {
    expect(copy).toBe(
      read('server_ext/jupyterlab_slipway/builder/data/import-names.json')
    );
  });

  it('stays small', () => {
    expect(copy.length).toBeLessThan(120_000);
  });

  it.each(['tests', 'src', 'examples', 'utils', 'scripts', 'docs', 'main'])(
    'has no %s',
    name => expect(distributionOf(name)).toBeUndefined()
  );
});
