import type { NotebookPanel } from '@jupyterlab/notebook';
import { normaliseName, NotebookAnalyser } from '../contract';
import type { INotebookSource } from '../contract';

/** The notebook's metadata that Slipway reads; the builder looks there too. */
const METADATA = 'slipway';

/** Notes in a notebook that its service keeps these packages, besides those it keeps already. */
export function keepPackages(
  notebook: NotebookPanel,
  names: ReadonlyArray<string>
): void {
  const { model } = notebook;
  if (!model || names.length === 0) {
    return;
  }
  const found: unknown = model.getMetadata(METADATA);
  const noted = isObject(found) ? found : {};
  const known = Array.isArray(noted.keep) ? noted.keep.map(String) : [];
  model.setMetadata(METADATA, {
    ...noted,
    keep: [...new Set([...known, ...names])]
  });
}

/** Those of `names` that the notebook's requirements have; none where these cannot be read. */
export function declaredOf(
  names: ReadonlyArray<string>,
  source: INotebookSource | undefined
): string[] {
  const pins =
    source && new NotebookAnalyser().analyse(source).requirements.pins;
  const declared = new Set(pins?.map(([name]) => normaliseName(name)));
  return names.filter(name => declared.has(normaliseName(name)));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
