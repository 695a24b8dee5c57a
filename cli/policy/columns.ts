/** Plain text in columns, 100 wide, the same bytes on a terminal and in a committed file. */

/** Rows under a head; numbers to the right. @param rightFrom the first column that is set to the right. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[], rightFrom = 1): string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at < rightFrom ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

/** Cells side by side, each wrapped to its width. */
export function sideBySide(cells: readonly string[], widths: readonly number[]): string[] {
  const wrapped = cells.map((cell, at) => wrap(cell, widths[at] ?? 0));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    wrapped
      .map((lines, at) => (lines[line] ?? '').padEnd(widths[at] ?? 0))
      .join(' ')
      .trimEnd(),
  );
}

/** By words, the first line indented as the text is; a word that is longer than a line is cut into lines. */
export function wrap(text: string, total: number): string[] {
  const lines: string[] = [];
  const indent = /^ */.exec(text)?.[0] ?? '';
  const width = Math.max(1, total - indent.length);
  let line = '';
  for (const word of text.trim().split(/\s+/)) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = '';
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return [...lines, line].map((each, at) => (at === 0 ? `${indent}${each}` : each));
}
