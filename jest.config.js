const jestJupyterLab = require('@jupyterlab/testutils/lib/jest-config');

// Packages that ship ES modules only and have to be transformed.
const esModules = [
  '@codemirror',
  '@jupyter/ydoc',
  '@jupyter/react-components',
  '@jupyter/web-components',
  '@jupyterlab/',
  '@lezer',
  '@lumino',
  '@microsoft',
  'exenv-es6',
  'lib0',
  'nanoid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const configuration = jestJupyterLab(__dirname);

module.exports = {
  ...configuration,
  automock: false,
  // Copies of packages in there would clash with ours.
  modulePathIgnorePatterns: ['<rootDir>/(.venv|lib|server_ext)/'],
  transform: {
    ...configuration.transform,
    '\\.md$': '@jupyterlab/testing/lib/jest-raw-loader.js'
  },
  testRegex: 'src/.*/.*.spec.ts[x]?$',
  transformIgnorePatterns: [`/node_modules/(?!${esModules}).+`]
};
