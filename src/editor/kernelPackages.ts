import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { FoundPackages, IFoundPackage, IWantedPackage } from '../contract';

/** Milliseconds for an answer; a kernel that runs a cell answers only after it. */
const PATIENCE = 5000;
/** Precedes the answer, among whatever else the kernel prints. */
const MARK = 'slipway-packages:';

/**
 * What a Python 3.6 and all later ones can run. It gets `wanted`, a list of [name, module], and prints name and
 * version of those that are installed.
 */
const SCRIPT = `
import json, re, sys

def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()

try:
    from importlib import metadata
except ImportError:
    try:
        import importlib_metadata as metadata
    except ImportError:
        metadata = None

names, versions, brought = {}, {}, {}

def note(name, version, modules):
    key = plain(name)
    if key not in names:
        names[key], versions[key] = name, version
    for module in modules:
        brought.setdefault(module, []).append(key)

def modules_of(lines, files):
    found = set(line.strip() for line in lines if line.strip())
    for file in files:
        first = file.split("/")[0]
        if "/" in file and "." not in first:
            found.add(first)
        elif file.endswith(".py") and first == file:
            found.add(file[:-3])
    return found

if metadata is not None:
    for one in metadata.distributions():
        name = one.metadata["Name"]
        if name:
            top = (one.read_text("top_level.txt") or "").split("\\n")
            note(name, one.version, modules_of(top, [] if any(top) else [str(f) for f in one.files or []]))
else:
    from pip._vendor import pkg_resources
    for one in pkg_resources.working_set:
        top = one.get_metadata_lines("top_level.txt") if one.has_metadata("top_level.txt") else []
        note(one.project_name, one.version, modules_of(top, []))

found = {}
for name, module in wanted:
    top = module.split(".")[0] if module else None
    candidates = brought.get(top, []) if top else []
    key = plain(name)
    if key not in candidates and candidates:
        # Namespaces are shared; then the likely name is better, if it is there.
        key = candidates[0] if len(set(candidates)) == 1 or key not in names else key
    if key in names and versions[key]:
        found[name] = {"name": names[key], "version": versions[key]}
print(mark + json.dumps(found))
`;

/** Asks a kernel what is installed beside it, without a trace in its names or its history. */
export async function askKernel(
  kernel: Kernel.IKernelConnection | null | undefined,
  packages: ReadonlyArray<IWantedPackage>
): Promise<FoundPackages> {
  if (!kernel || kernel.status === 'dead') {
    return new Map();
  }
  const wanted = packages.map(({ name, module }) => [name, module ?? '']);
  const future = kernel.requestExecute({
    // JSON text is Python text, too.
    code: `exec(${JSON.stringify(SCRIPT)}, {"wanted": ${JSON.stringify(wanted)}, "mark": "${MARK}"})`,
    silent: true,
    store_history: false,
    stop_on_error: false,
    allow_stdin: false
  });
  let printed = '';
  future.onIOPub = message => {
    if (message.header.msg_type === 'stream') {
      printed += (message as KernelMessage.IStreamMsg).content.text;
    }
  };
  let timer: number | undefined;
  const tooLong = new Promise<void>(resolve => {
    timer = window.setTimeout(resolve, PATIENCE);
  });
  // A kernel that is restarted meanwhile answers nothing.
  await Promise.race([future.done.catch(() => undefined), tooLong]);
  window.clearTimeout(timer);
  future.dispose();
  return read(printed);
}

function read(printed: string): FoundPackages {
  const found = new Map<string, IFoundPackage>();
  const start = printed.indexOf(MARK);
  if (start < 0) {
    return found;
  }
  const [line] = printed.slice(start + MARK.length).split('\n');
  try {
    const answer = JSON.parse(line) as Record<string, IFoundPackage>;
    for (const [name, { name: official, version }] of Object.entries(answer)) {
      // What follows a plus is of whoever built it, and on no index.
      const [released] = version.split('+');
      found.set(name, { name: official, version: released });
    }
  } catch {
    // Cut short: then nothing is known.
  }
  return found;
}
