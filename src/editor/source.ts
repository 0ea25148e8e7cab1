import type { NotebookPanel } from '@jupyterlab/notebook';
import { lintNotebook } from '../contract';
import type { ICell, INotebookSource, IProblem } from '../contract';

/** The notebook as it is on the screen, in the lint's terms. */
export function readNotebook(panel: NotebookPanel): INotebookSource {
  const notebook = panel.context.model.sharedModel;
  const metadata = notebook.getMetadata() as {
    kernelspec?: { language?: string };
    language_info?: { name?: string; version?: string };
  };
  return {
    cells: notebook.cells.map((cell): ICell => ({
      id: cell.getId(),
      type: cell.cell_type as ICell['type'],
      source: cell.getSource()
    })),
    language: metadata.kernelspec?.language ?? metadata.language_info?.name,
    languageVersion: metadata.language_info?.version
  };
}

/** What the lint finds in a notebook as it is on the screen. */
export function lintPanel(panel: NotebookPanel): IProblem[] {
  return panel.context.isReady && panel.context.model
    ? lintNotebook(readNotebook(panel))
    : [];
}
