import { applyFix, fixOf } from './contract-fixing';
import { problemsOf, textOf } from './contract-notebooks';

describe('A requirement by another name', () => {
  it.each([
    ['sklearn', 'scikit-learn', 'import sklearn'],
    ['sklearn', 'scikit-learn', 'x = 1'],
    ['PIL', 'pillow', 'from PIL import Image'],
    ['cv2', 'opencv-python-headless', 'import cv2'],
    ['bs4', 'beautifulsoup4', 'import bs4'],
    ['pandsa', 'pandas', 'import pandas as pd'],
    ['Pandsa', 'pandas', 'import pandas as pd'],
    ['sklern', 'scikit-learn', 'from sklearn import svm'],
    ['scikit-laern', 'scikit-learn', 'from sklearn import svm'],
    ['sklearn[x]', 'scikit-learn', 'import sklearn']
  ])('is told: %s is %s for %j', (name, meant, source) => {
    const list = `requirements = [["six", "1.17.0"], ['${name}', "2.2"]]`;
    const sources = [list, 'import six', source];
    const [problem, ...more] = problemsOf('SLP116', ...sources);
    expect(more).toEqual([]);
    expect(problem.severity).toBe('warning');
    expect(textOf(problem, ...sources)).toBe(`'${name}'`);
    // One fact, one problem.
    expect(problemsOf('SLP109', ...sources)).toEqual([]);
    const [after] = applyFix('SLP116', `Write ${meant}`, sources, undefined, [
      'SLP110'
    ]);
    const extras = name.includes('[') ? '[x]' : '';
    expect(after).toContain(`['${meant}${extras}', "2.2"]`);
  });

  it('is removed where the right one is there, too', () => {
    const sources = [
      'requirements = [["scikit-learn", "1.7.2"], ["sklearn", "0.0"]]',
      'import sklearn'
    ];
    const [after] = applyFix('SLP116', 'Remove', sources);
    expect(after).toBe('requirements = [["scikit-learn", "1.7.2"]]');
  });

  it('is renamed unseen only where it is a module: a guess is for its author', () => {
    const fix = (name: string) =>
      fixOf('SLP116', '', [
        `requirements = [["${name}", "1"]]`,
        'import sklearn'
      ]);
    expect(fix('sklearn').safe).toBe(true);
    expect(fix('sklern').safe).toBe(false);
  });

  it.each([
    ['"pandas"', 'import pandas'],
    ['"pandsa"', 'x = 1'],
    ['"acme-tools"', 'import pandas'],
    ['"Scikit_Learn"', 'import sklearn'],
    ['"torch"', 'import torchvision'],
    ['"polars"', 'import pandas, polars'],
    ['"panda", "1"], ["pandas"', 'import pandas'],
    ['"opencv-contrib-python"', 'import cv2']
  ])('is not told: %s for %j', (name, source) => {
    const list = `requirements = [[${name}, "1"]]`;
    expect(problemsOf('SLP116', list, source)).toEqual([]);
  });
});
