/** What is known not to pickle. */

const under = (
  module: string,
  what: string,
  names: string
): [string, string][] =>
  names
    .split(/\s+/)
    .filter(Boolean)
    .map(name => [`${module}.${name}`, what]);

/** By the function or class that makes it: what it is. cloudpickle copies text files that are open for reading. */
export const UNPICKLABLE: ReadonlyMap<string, string> = new Map([
  ...under('threading', 'a lock', 'Lock RLock'),
  ...under(
    'threading',
    'an object with a lock',
    'Condition Event Semaphore BoundedSemaphore Barrier Thread Timer'
  ),
  ...under('threading', 'data of one thread', 'local'),
  ...under('_thread', 'a lock', 'allocate_lock RLock'),
  ...under(
    'queue',
    'a queue with a lock',
    'Queue LifoQueue PriorityQueue SimpleQueue'
  ),
  ...under(
    'multiprocessing',
    'an object of running processes',
    'Lock RLock Condition Event Semaphore Queue SimpleQueue JoinableQueue Pool Process Manager Value Array pool.ThreadPool pool.Pool'
  ),
  ...under(
    'concurrent.futures',
    'a pool of workers',
    'ThreadPoolExecutor ProcessPoolExecutor'
  ),
  ...under(
    'asyncio',
    'an event loop',
    'get_event_loop new_event_loop get_running_loop'
  ),
  ...under('subprocess', 'a running process', 'Popen'),
  ...under('socket', 'a socket', 'socket create_connection create_server'),
  ...under('ssl', 'an SSL context', 'SSLContext create_default_context'),
  ...under(
    'weakref',
    'a weak reference',
    'ref WeakValueDictionary WeakKeyDictionary WeakSet'
  ),
  ...under('contextvars', 'a context variable', 'ContextVar copy_context'),
  ...under('mmap', 'a mapped file', 'mmap'),
  ...under('tempfile', 'an open file', 'TemporaryFile NamedTemporaryFile'),
  ...under('zipfile', 'an open archive', 'ZipFile'),
  ...under('tarfile', 'an open archive', 'open TarFile'),
  ...under('gzip', 'an open file', 'open GzipFile'),
  ...under('bz2', 'an open file', 'open BZ2File'),
  ...under('lzma', 'an open file', 'open LZMAFile'),
  ...under(
    'csv',
    'a reader or writer of a file',
    'reader writer DictReader DictWriter'
  ),
  ...under('os', 'a generator', 'walk scandir'),
  ...under('glob', 'a generator', 'iglob'),
  ...under('h5py', 'an open file', 'File'),
  ...under('netCDF4', 'an open file', 'Dataset'),
  ...under('sqlite3', 'a connection', 'connect'),
  ...under('psycopg2', 'a connection', 'connect'),
  ...under('psycopg', 'a connection', 'connect'),
  ...under('pymysql', 'a connection', 'connect'),
  ...under('MySQLdb', 'a connection', 'connect'),
  ...under('mysql.connector', 'a connection', 'connect'),
  ...under('pyodbc', 'a connection', 'connect'),
  ...under('cx_Oracle', 'a connection', 'connect'),
  ...under('oracledb', 'a connection', 'connect'),
  ...under('duckdb', 'a connection', 'connect'),
  ...under('snowflake.connector', 'a connection', 'connect'),
  ...under('sqlalchemy', 'a connection', 'create_engine'),
  ...under('pymongo', 'a connection', 'MongoClient'),
  ...under('redis', 'a connection', 'Redis StrictRedis from_url'),
  ...under('boto3', 'a client with open connections', 'client resource'),
  ...under('httpx', 'a client with open connections', 'Client AsyncClient'),
  ...under(
    'google.cloud',
    'a client with open connections',
    'storage.Client bigquery.Client'
  ),
  ...under('grpc', 'a connection', 'insecure_channel secure_channel'),
  ...under('cv2', 'an object of OpenCV', 'VideoCapture CascadeClassifier'),
  ...under(
    'tensorflow',
    'a session',
    'Session InteractiveSession compat.v1.Session'
  ),
  ...under('tensorflow', 'an interpreter', 'lite.Interpreter')
]);
