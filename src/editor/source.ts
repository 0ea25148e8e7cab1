import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { JSONObject } from '@lumino/coreutils';
import { isSameCode } from '../contract';
import type { ICell, INotebookSource } from '../contract';

/** Reads a notebook as it is on the screen, in the lint's terms. */
export class NotebookReader {
  read(
    model: INotebookModel,
    siblings?: ReadonlyArray<string>
  ): INotebookSource {
    const metadata = model.sharedModel.getMetadata() as {
      kernelspec?: { language?: string };
      language_info?: { name?: string; version?: string };
    };
    const cells: ICell[] = [];
    for (const cell of model.cells) {
      cells.push(this._cell(cell));
    }
    return {
      cells,
      language: metadata.kernelspec?.language ?? metadata.language_info?.name,
      languageVersion: metadata.language_info?.version,
      siblings
    };
  }

  private _cell(model: ICellModel): ICell {
    const source = model.sharedModel.getSource();
    const cell: ICell = {
      id: model.id,
      type: model.type as ICell['type'],
      source
    };
    if (isCode(model)) {
      cell.executionCount = model.executionCount;
      cell.isEdited = this._isEdited(model, source);
      const failure = failureOf(model);
      cell.hasFailed = failure !== undefined;
      cell.missingModule = missingModule(failure);
    }
    return cell;
  }

  /** JupyterLab does not know what a cell of the file ran as, so there a change that is taken back counts for it. */
  private _isEdited(model: ICodeCellModel, source: string): boolean {
    const { executionCount } = model;
    if (executionCount === null) {
      return false;
    }
    if (!model.isDirty) {
      this._ran.set(model, { executionCount, source });
      return false;
    }
    const ran = this._ran.get(model);
    return (
      ran?.executionCount !== executionCount || !isSameCode(ran.source, source)
    );
  }

  private readonly _ran = new WeakMap<
    ICodeCellModel,
    { executionCount: number; source: string }
  >();
}

function isCode(model: ICellModel): model is ICodeCellModel {
  return model.type === 'code';
}

/** The error that the last run ended in, if a deployment would end at such a one, too. */
function failureOf(model: ICodeCellModel): JSONObject | undefined {
  const { outputs } = model;
  const tags: unknown = model.getMetadata('tags');
  if (Array.isArray(tags) && tags.includes('raises-exception')) {
    return undefined;
  }
  for (let index = 0; index < outputs.length; index++) {
    const output = outputs.get(index);
    if (output.type === 'error') {
      return output.toJSON() as JSONObject;
    }
  }
  return undefined;
}

/** The module that an error says is not there. */
function missingModule(failure: JSONObject | undefined): string | undefined {
  return failure?.ename === 'ModuleNotFoundError'
    ? /^No module named '([\w.]+)'/.exec(String(failure.evalue))?.[1]
    : undefined;
}
