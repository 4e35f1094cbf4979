/** What a column of numbers is made of. */
const numeric = /^[\d\s.,%+–±−·⁰¹²³⁴⁵⁶⁷⁸⁹⁻-]*$/;

/** Rows as aligned columns: numbers to the right, texts to the left. The first row is the head. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = Array.from({ length: Math.max(...rows.map((row) => row.length)) }, (_, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const width = Math.max(...cells.map((cell) => cell.length));
    return { cells, width, right: cells.slice(1).every((cell) => numeric.test(cell)) };
  });
  const lines = rows.map((_, index) =>
    columns
      .map(({ cells, width, right }) => (right ? cells[index]!.padStart(width) : cells[index]!.padEnd(width)))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, columns.map(({ width }) => '─'.repeat(width)).join('  '));
  return `${lines.join('\n')}\n`;
}
