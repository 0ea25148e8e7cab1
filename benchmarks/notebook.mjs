// The large notebook that the lint and the editor are timed with.

/** Code as notebooks have it, of their length a line: imports, tables, loops, functions, comprehensions. */
function cell(number, linesPerCell) {
  const before = Math.max(0, number - 1);
  const lines = [
    `# Step ${number}: clean, fit and look`,
    `import pandas as pd`,
    `frame_${number} = pd.DataFrame({"a": range(${number}), "b": [x ** 2 for x in range(${number})]})`,
    `limit_${number} = ${number} if frame_${number} is None else limit_${before}`,
    `def clean_${number}(table, *, limit=limit_${number}, **options):`,
    `    """Drops what is above the limit."""`,
    `    kept = table[table["a"] < limit].assign(c=lambda t: t["a"])`,
    `    for name, column in kept.items():`,
    `        if column.isna().any():`,
    `            print(f"{name!r}: {column.isna().sum():>{8}} missing")`,
    `    return kept.dropna(subset=[name for name in kept])`,
    `try:`,
    `    result_${number} = clean_${number}(frame_${number})`,
    `except (KeyError, ValueError) as error:`,
    `    result_${number} = None; print("failed", error)`,
    `with open("log_${number}.txt", "w") as log:`,
    `    log.write(str(result_${number}))`,
    ``,
    `# How many there are`,
    `totals_${number} = [len(x) for x in result_${number}]`,
    `print(totals_${number})`
  ];
  while (lines.length < linesPerCell) {
    lines.splice(-1, 0, `value_${lines.length} = ${lines.length} + ${number}`);
  }
  return lines.slice(0, linesPerCell).join('\n');
}

/** A notebook in the lint's terms. */
export function notebook(cellCount, linesPerCell) {
  const cells = Array.from({ length: cellCount }, (_, index) => ({
    id: `${index}`,
    type: 'code',
    source: cell(index, linesPerCell)
  }));
  cells[0].source =
    'limit_0 = 1\nrequirements = [["pandas", "2.2.3"]]\n' + cells[0].source;
  cells[cellCount - 1].source +=
    '\ndef predictor(x):\n    return clean_1(pd.DataFrame(x)).to_dict()';
  return { cells, language: 'python', languageVersion: '3.11.7' };
}
