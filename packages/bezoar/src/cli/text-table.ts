/** What a column of numbers is made of, rough and unknown ones among them. */
const numeric = /^[\d\s.,%–±·~≤?$+⁰¹²³⁴⁵⁶⁷⁸⁹⁻-]*$/;

/** Narrower than this, a list is no easier to read than a line that is broken anywhere. */
const leastWidth = 20;

export interface TextTableOptions {
  /** Of the terminal: lists in the last column go on in the next line where they would pass it. Infinity by default. */
  readonly width?: number;
}

/** Rows as aligned columns: numbers to the right, texts to the left. The first row is the head. */
export function textTable(
  rows: readonly (readonly string[])[],
  { width: available = Infinity }: TextTableOptions = {},
): string {
  const widthOf = (column: number, of: readonly (readonly string[])[]): number =>
    Math.max(...of.map((row) => row[column]?.length ?? 0));
  const last = Math.max(...rows.map((row) => row.length)) - 1;
  const before = Array.from({ length: last }, (_, column) => widthOf(column, rows) + 2);
  const room = available - before.reduce((sum, width) => sum + width, 0);
  const fitted = room < leastWidth ? rows : rows.flatMap((row) => breakLast(row, { last, room }));

  const columns = Array.from({ length: last + 1 }, (_, column) => ({
    width: widthOf(column, fitted),
    right: fitted.slice(1).every((row) => numeric.test(row[column] ?? '')),
  }));
  const lines = fitted.map((row) =>
    columns
      .map(({ width, right }, column) => {
        const cell = row[column] ?? '';
        return right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, columns.map(({ width }) => '─'.repeat(width)).join('  '));
  return `${lines.join('\n')}\n`;
}

/** The row, and below it rows with what has no room in its last column. */
function breakLast(
  row: readonly string[],
  { last, room }: { readonly last: number; readonly room: number },
): string[][] {
  const parts = (row[last] ?? '').split(/(?<=, )/);
  const lines = [''];
  for (const part of parts) {
    const line = lines.at(-1)!;
    if (line !== '' && (line + part).trimEnd().length > room) lines.push(part);
    else lines[lines.length - 1] = line + part;
  }
  return lines.map((line, index) => [
    ...(index === 0 ? row.slice(0, last) : Array.from({ length: last }, () => '')),
    line.trimEnd(),
  ]);
}
