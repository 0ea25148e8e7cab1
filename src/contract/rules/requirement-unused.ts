import { importedPackages, isImported } from '../analysis/imported-packages';
import type { ICodeCell, INotebookAnalysis } from '../analysis/notebook';
import { plainFix } from '../fixes/requirement-repairs';
import { lastListOf, nameOf, removeEntry } from '../fixes/requirements-list';
import { importNamesOf } from '../packages/modules';
import { normaliseName } from '../requirements/pep508';
import type { IRule } from './rule';
import { quote } from './text';

/**
 * Packages that do their work without being imported: engines and drivers that others look for, stubs, tools for
 * building and serving.
 */
const USED_UNSEEN = new Set(
  `accelerate adlfs aiohttp bottleneck brotli cffi cloudpickle cryptography cython dask-expr fastparquet fsspec gcsfs
  graphviz gunicorn h5py hf-xet html5lib httptools ipykernel ipython ipywidgets jinja2 jupyter jupyterlab kaleido llvmlite
  lxml lz4 mkl numba numexpr notebook odfpy openpyxl orjson pip protobuf psycopg psycopg2 psycopg2-binary pyarrow
  pycryptodome pymysql pyodbc pyopenssl python-calamine python-multipart python-snappy pytz pyxlsb s3fs
  safetensors sentencepiece setuptools sqlalchemy tables tabulate tblib threadpoolctl tiktoken tokenizers tzdata ujson
  uvicorn uvloop wheel xarray xlrd xlsxwriter zstandard`.split(/\s+/)
);

/** Packages that others are built upon, and that one pins for their sake. */
const BUILT_UPON = new Set(
  `certifi charset-normalizer idna joblib markupsafe numpy packaging pillow python-dateutil requests scipy six
  typing-extensions urllib3 werkzeug`.split(/\s+/)
);

const PLUGINS = /^(?:types-|nvidia-|intel-)|-(?:stubs|plugin|cu\d+|libs)$/;

export const requirementUnused: IRule = {
  code: 'SLP110',
  name: 'requirement-unused',
  severity: 'hint',
  summary: 'No cell imports a package that `requirements` has.',
  *check(notebook) {
    const list = lastListOf(notebook);
    const { modules, isOpen } = importedPackages(notebook);
    if (!list || isOpen || notebook.code.some(isUnread)) {
      return;
    }
    for (const [index, entry] of list.entries.entries()) {
      const name = nameOf(entry);
      if (
        name !== undefined &&
        !name.includes('[') &&
        !isUsedUnseen(normaliseName(name)) &&
        !(list.entries.length > 1 && BUILT_UPON.has(normaliseName(name))) &&
        isImported(name, modules) === false &&
        !isMentioned(name, notebook, list.cell)
      ) {
        const { from, to } = entry.node;
        yield {
          message: `No cell imports ${quote(name)}. Remove it, unless another package needs it in this very version.`,
          cellIndex: list.cell.index,
          range: { from, to },
          fixes: [
            plainFix(`Remove ${name} from requirements`, false, () =>
              removeEntry(list, index)
            )
          ]
        };
      }
    }
  }
};

function isUsedUnseen(name: string): boolean {
  return USED_UNSEEN.has(name) || PLUGINS.test(name);
}

function isUnread({ error, lexicalError }: ICodeCell): boolean {
  return error !== undefined || lexicalError !== undefined;
}

/** Whether some other cell has one of a package's names in it, in a text or a magic. */
function isMentioned(
  name: string,
  { code }: INotebookAnalysis,
  declaring: ICodeCell
): boolean {
  const words = [name, ...importNamesOf(name)];
  return code.some(
    cell => cell !== declaring && words.some(word => cell.source.includes(word))
  );
}
