/** Functions of well-known packages that take a path. */

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

const under = (module: string, names: string): string[] =>
  words(names).map(name => `${module}.${name}`);

/** The path is the first argument; what is there is read. */
export const READERS = new Set([
  ...under(
    'pandas',
    `read_csv read_table read_fwf read_excel read_json read_pickle read_parquet read_feather read_hdf read_orc read_sas
    read_spss read_stata ExcelFile`
  ),
  ...under(
    'polars',
    'read_csv read_excel read_json read_ndjson read_parquet read_ipc read_avro scan_csv scan_parquet scan_ipc'
  ),
  ...under('geopandas', 'read_file read_parquet read_feather'),
  ...under('dask.dataframe', 'read_csv read_parquet read_json read_table'),
  ...under('numpy', 'load loadtxt genfromtxt fromfile'),
  ...under('joblib', 'load'),
  ...under('dill', 'load_session'),
  ...under('skops.io', 'load'),
  'sklearn.externals.joblib.load',
  ...under('PIL.Image', 'open'),
  ...under('cv2', 'imread VideoCapture CascadeClassifier'),
  ...under('imageio', 'imread mimread get_reader v2.imread v3.imread'),
  ...under('skimage.io', 'imread'),
  ...under('matplotlib', 'pyplot.imread image.imread'),
  ...under('torch', 'load jit.load'),
  ...under('torchvision.io', 'read_image'),
  ...under(
    'keras',
    'models.load_model saving.load_model preprocessing.image.load_img utils.load_img'
  ),
  ...under(
    'tensorflow',
    'saved_model.load io.read_file io.gfile.GFile lite.Interpreter'
  ),
  ...under('scipy.io', 'loadmat wavfile.read arff.loadarff mmread'),
  ...under('librosa', 'load'),
  ...under('soundfile', 'read'),
  ...under('onnx', 'load'),
  ...under('onnxruntime', 'InferenceSession'),
  ...under('fasttext', 'load_model'),
  ...under('safetensors', 'torch.load_file numpy.load_file safe_open'),
  ...under(
    'gensim.models',
    'KeyedVectors.load KeyedVectors.load_word2vec_format Word2Vec.load'
  ),
  ...under('lightgbm', 'Booster'),
  ...under('linecache', 'getline'),
  ...under('shutil', 'copy copy2 copyfile copytree move')
]);

/** The path is the first argument; a second one, or `mode`, says whether it is read or written. */
export const OPENERS = new Set([
  'open',
  'io.open',
  'codecs.open',
  'gzip.open',
  'bz2.open',
  'lzma.open',
  'tarfile.open',
  'zipfile.ZipFile',
  'h5py.File',
  'pandas.HDFStore',
  'pathlib.Path().open'
]);

/** Methods of a `pathlib.Path` that read; the path is that of the object. */
export const PATH_READERS = new Set(
  under('pathlib.Path()', 'read_text read_bytes iterdir stat')
);

/** The path is an argument; directories and the like, about which nothing else is known. */
export const LOOKERS = new Set([
  ...under('os', 'chdir listdir scandir walk'),
  ...under('os.path', 'join expanduser'),
  ...under('sys.path', 'append insert'),
  ...under('glob', 'glob iglob'),
  ...under('pathlib', 'Path Path.home PosixPath'),
  ...under('sqlite3', 'connect')
]);

/** The path is that argument, counted from 0; what is there is made or written. */
export const WRITERS: ReadonlyMap<string, number> = new Map([
  ...under('os', 'makedirs mkdir rename replace').map(
    (path): [string, number] => [path, 0]
  ),
  ...under('numpy', 'save savez savez_compressed savetxt').map(
    (path): [string, number] => [path, 0]
  ),
  ['joblib.dump', 1],
  ['torch.save', 1],
  ['torch.jit.save', 1],
  ['urllib.request.urlretrieve', 1],
  ['urllib.urlretrieve', 1],
  ['wget.download', 1],
  ['gdown.download', 1],
  ['cv2.imwrite', 0],
  ['imageio.imwrite', 0],
  ['shutil.copy', 1],
  ['shutil.copy2', 1],
  ['shutil.copyfile', 1],
  ['shutil.copytree', 1],
  ['shutil.move', 1],
  ['sqlite3.connect', 0],
  ['matplotlib.pyplot.savefig', 0],
  ['scipy.io.savemat', 0]
]);

/** Methods, whatever the object, that write to a path which is the first argument. */
export const WRITING_METHODS = new Set(
  words(
    `to_csv to_excel to_json to_pickle to_parquet to_feather to_hdf to_stata to_html to_file savefig save
    save_model save_weights save_pretrained write_csv write_parquet write_html write_image`
  )
);

/** Methods and functions that make files whose names the source does not show. */
export const MAKING = new Set(
  words(
    `extractall extract unpack_archive urlretrieve download download_file get_file snapshot_download hf_hub_download
    clone_from system run call check_call check_output Popen getoutput download_and_extract retrieve fetch
    download_data chdir write_text write_bytes touch mkdir copy copyfile copytree move symlink dump
    dataset_download_files`
  )
);
