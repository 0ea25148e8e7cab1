import { applyEdits } from '../contract';
import { applyFix, found, fixOf } from './contract-fixing';
import { problemsOf, textOf } from './contract-notebooks';

const installed = found({ numpy: '1.26.4', scipy: '1.13.0+local' });

describe('A specifier that no version meets', () => {
  it.each([
    ['">=2,<1"', 'meets both `>=2` and `<1`'],
    ['"==1.0,!=1.0"', 'meets both'],
    ['">=1,<=1,!=1"', 'meets all of'],
    ['"<0"', 'meets `<0`']
  ])('is told at its text: %s', (text, words) => {
    const source = `requirements = [["numpy", ${text}], ["b", "1"]]`;
    const [problem, ...more] = problemsOf('SLP108', source);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'error', cellIndex: 0 });
    expect(problem.message).toContain(words);
    expect(textOf(problem, source)).toBe(text);
  });

  it('is told beside other faults of the list', () => {
    const source = 'requirements = [["a b", ">=2,<1"], ["c", ">=2,<1"], 1]';
    expect(problemsOf('SLP108', source)).toHaveLength(1);
  });

  it('is only part of one problem where a package is listed twice', () => {
    const source = 'requirements = [["a", "1"], ["A", "2"], ["b", "1"]]';
    expect(problemsOf('SLP108', source)).toEqual([]);
    const [problem] = problemsOf('SLP107', source);
    expect(problem.message).toContain('no version meets both `==1` and `==2`');
    const same = 'requirements = [["a", "1"], ["a", ">=1"]]';
    expect(problemsOf('SLP107', same)[0].message).not.toContain('no version');
  });

  it.each(['requirements = f()', 'requirements = [["a", ">=2,<1"', 'x = 1'])(
    'is not looked for in %j',
    source => {
      expect(problemsOf('SLP108', source)).toEqual([]);
    }
  );
});

describe('A fix of the list', () => {
  it.each([
    ['SLP104', 'Write', '["numpy==1.26.4"]', '[["numpy", "1.26.4"]]'],
    ['SLP104', 'Write', "['numpy>=1,<2']", "[['numpy', '>=1,<2']]"],
    ['SLP104', 'Write', '["numpy == 1.*"]', '[["numpy", "==1.*"]]'],
    ['SLP104', 'installed', '["numpy"]', '[["numpy", "1.26.4"]]'],
    ['SLP104', 'installed', '[["numpy"]]', '[["numpy", "1.26.4"]]'],
    ['SLP104', 'installed', '[("other[x]",)]', '[("other[x]", ">=0")]'],
    ['SLP104', 'list of this', '["numpy", "1.15"]', '[["numpy", "1.15"]]'],
    ['SLP104', 'list of this', '("numpy", ">=1")', '[("numpy", ">=1")]'],
    ['SLP104', 'as a list', '"numpy==1.15"', '[["numpy", "1.15"]]'],
    [
      'SLP104',
      'as a list',
      '"""\nnumpy==1.15\nscipy >= 1\n"""',
      '[["numpy", "1.15"], ["scipy", ">=1"]]'
    ],
    [
      'SLP104',
      'as a list',
      '"numpy scipy"',
      '[["numpy", "1.26.4"], ["scipy", "1.13.0"]]'
    ],
    [
      'SLP104',
      'as a list',
      '{"numpy": "1.15", "scipy[x]": ">=1",}',
      '[["numpy", "1.15"], ["scipy[x]", ">=1"]]'
    ],
    ['SLP105', 'Write', '[["numpy==1.15", "1.15"]]', '[["numpy", "1.15"]]'],
    ['SLP105', 'Write', '[["numpy==1.15", ""]]', '[["numpy", "1.15"]]'],
    ['SLP105', 'Write', "[(' numpy', '1')]", "[('numpy', '1')]"],
    ['SLP106', 'Write', '[["numpy", 1.10]]', '[["numpy", "1.10"]]'],
    ['SLP107', 'Remove', '[["a", "1"], ["a", "1"]]', '[["a", "1"]]'],
    ['SLP107', 'Remove', '[["a", "1"], ["A", "==1"]]', '[["a", "1"]]']
  ])('%s, "%s", is safe for %s', (code, title, list, wanted) => {
    const sources = [`requirements = ${list}`];
    expect(fixOf(code, title, sources).safe).toBe(true);
    expect(applyFix(code, title, sources, installed, ['SLP110'])).toEqual([
      `requirements = ${wanted}`
    ]);
  });

  it.each([
    ['SLP105', 'Write', '[["scikit learn", "1"]]', '[["scikit-learn", "1"]]'],
    ['SLP105', 'Write', '[["numpy>=1", "1.15"]]', '[["numpy", ">=1"]]'],
    ['SLP106', 'installed', '[["numpy", "new"]]', '[["numpy", "1.26.4"]]'],
    ['SLP106', 'newest', '[["numpy", None]]', '[["numpy", "1.26.4"]]'],
    ['SLP106', 'installed', '[["scipy[x]", ""]]', '[["scipy[x]", "1.13.0"]]'],
    ['SLP107', 'Keep ["a", "1"]', '[["a", "1"], ["a", "2"]]', '[["a", "1"]]'],
    ['SLP107', 'Keep ["a", "2"]', '[["a", "1"], ["a", "2"]]', '[["a", "2"]]'],
    [
      'SLP107',
      'Keep ["a[x]"',
      '[["a", "1"], ["a[x]", "1"]]',
      '[["a[x]", "1"]]'
    ],
    ['SLP108', 'installed', '[["numpy", ">2,<1"]]', '[["numpy", "1.26.4"]]'],
    ['SLP108', 'newest', '[["numpy", ">2,<1"]]', '[["numpy", "1.26.4"]]']
  ])('%s, "%s", is a choice for %s', (code, title, list, wanted) => {
    const sources = [`requirements = ${list}`];
    expect(fixOf(code, title, sources).safe).toBe(false);
    expect(applyFix(code, title, sources, installed, ['SLP110'])).toEqual([
      `requirements = ${wanted}`
    ]);
  });

  it.each([
    ['SLP104', '[["a", "1", "2"]]'],
    ['SLP104', '[1]'],
    ['SLP104', '["https://example.org/a.whl"]'],
    ['SLP104', '{"a": 1}'],
    ['SLP104', '{**other}'],
    ['SLP104', '"see the file"+""'],
    ['SLP105', '[["-r x", "1"]]'],
    ['SLP105', '[[1, "1"]]'],
    ['SLP106', '[["a b", "new"]]']
  ])('of %s is not offered for %s', (code, list) => {
    const problems = problemsOf(code, `requirements = ${list}`);
    expect(problems.flatMap(({ fixes }) => fixes ?? [])).toEqual([]);
  });

  it('changes nothing where nobody knows a version', () => {
    const sources = ['requirements = [["numpy", "new"]]'];
    for (const title of ['installed', 'newest']) {
      const fix = fixOf('SLP106', title, sources);
      expect(fix.needs).toMatchObject({ packages: [{ name: 'numpy' }] });
      expect(fix.edits(new Map())).toEqual([]);
    }
  });
});

describe('An earlier declaration', () => {
  const last = 'requirements = []';

  it.each([
    ['requirements = [["a", "1"]]', ''],
    [
      'x = 1\nrequirements = [  # old\n    ["a", "1"]\n]  # end\ny = 1',
      'x = 1\ny = 1'
    ],
    ['x = 1\r\nrequirements = []\r\n', 'x = 1\r\n']
  ])('is removed by a fix: %j', (source, wanted) => {
    expect(applyFix('SLP102', 'Remove', [source, last])).toEqual([
      wanted,
      last
    ]);
  });

  it.each(['x = 1; requirements = []', 'pins = requirements = []'])(
    'stays where it is more than that: %j',
    source => {
      const [problem] = problemsOf('SLP102', source, last);
      expect(problem.fixes).toEqual([]);
    }
  );

  it('is not the last one', () => {
    const source = 'requirements = []\nrequirements = [["a", "1"]]';
    const fix = fixOf('SLP102', 'Remove', [source]);
    expect(applyEdits([source], fix.edits(new Map()))[0].source).toBe(
      'requirements = [["a", "1"]]'
    );
  });
});
