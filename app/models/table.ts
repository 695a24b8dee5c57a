import { ModelSourceInvalid } from './model-source.ts';

/** The training data of a model: one row for each applicant. */
export interface Table {
  /** SHA-256 is taken of it where the author names no data set. */
  readonly text: string;
  /** Values of the model's features, in the order of its columns. */
  readonly rows: readonly (readonly number[])[];
  /** Whether the event of the model's target happened. */
  readonly bad: readonly boolean[];
  /** The margins that the trainer computed; null where the table has none. */
  readonly margins: Float32Array | null;
  /** Columns that are no feature of the model, as text. */
  readonly others: ReadonlyMap<string, readonly string[]>;
}

/** How many faults of a table are named. */
const MAX_FAULTS = 20;

/**
 * Reads table.csv: a header with the model's features, `bad` (0 or 1), optionally `margin`, and any other columns.
 * @param names of the model's features, in the order of its columns.
 * @throws ModelSourceInvalid with the line and column of each fault, without the value.
 */
export function readTable(text: string, names: readonly string[]): Table {
  const [header = [], ...lines] = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(',').map((cell) => cell.trim().replaceAll('"', '')));
  refuseHeader(header, names);
  const faults: string[] = [];
  const numbers = (name: string): number[] => {
    const column = header.indexOf(name);
    return lines.map((cells, line) => {
      const cell = cells[column] ?? '';
      const value = cell === '' ? Number.NaN : Number(cell);
      if (!Number.isFinite(value)) faults.push(`table.csv, line ${line + 2}, ${name}: ${faultOf(cell)}`);
      return value;
    });
  };
  const columns = names.map(numbers);
  const bad = numbers('bad');
  const margins = header.includes('margin') ? Float32Array.from(numbers('margin')) : null;
  for (const [line, value] of bad.entries()) {
    if (value !== 0 && value !== 1 && Number.isFinite(value)) {
      faults.push(`table.csv, line ${line + 2}, bad: is neither 0 nor 1. Write 1 where the event happened.`);
    }
  }
  for (const [line, cells] of lines.entries()) {
    if (cells.length !== header.length) {
      faults.push(
        `table.csv, line ${line + 2}: has ${cells.length} cells, and the header ${header.length}. Repair it.`,
      );
    }
  }
  const events = bad.filter((value) => value === 1).length;
  if (faults.length === 0 && (events === 0 || events === bad.length || bad.length < MIN_ROWS)) {
    faults.push(
      `table.csv: has ${bad.length} rows, ${events} of them bad. Give at least ${MIN_ROWS} rows with both outcomes.`,
    );
  }
  if (faults.length > 0) throw new ModelSourceInvalid(shortened(faults));
  const known = new Set([...names, 'bad', 'margin']);
  return {
    text,
    rows: lines.map((_, line) => columns.map((values) => values[line] ?? Number.NaN)),
    bad: bad.map((value) => value === 1),
    margins,
    others: new Map(
      header.flatMap((name, column) => (known.has(name) ? [] : [[name, lines.map((cells) => cells[column] ?? '')]])),
    ),
  };
}

/** A table with fewer rows leaves too few reference applicants. */
const MIN_ROWS = 100;

function refuseHeader(header: readonly string[], names: readonly string[]): void {
  const missing = [...names, 'bad'].filter((name) => !header.includes(name));
  const repeated = header.filter((name, at) => header.indexOf(name) !== at);
  const faults = [
    ...missing.map(
      (name) => `table.csv, line 1: has no column ${name}. Add it, or remove the feature from model.yaml.`,
    ),
    ...repeated.map((name) => `table.csv, line 1: has the column ${name} twice. Remove one.`),
  ];
  if (faults.length > 0) throw new ModelSourceInvalid(faults);
}

function faultOf(cell: string): string {
  return cell === ''
    ? 'is empty. Leave the row out: an application without the value goes to a person.'
    : 'is not a finite number. Correct it, or leave the row out.';
}

function shortened(faults: readonly string[]): readonly string[] {
  if (faults.length <= MAX_FAULTS) return faults;
  return [...faults.slice(0, MAX_FAULTS), `table.csv: has ${faults.length - MAX_FAULTS} more faults.`];
}

/** The table's rows as a model reads them: row-major float32. */
export function flatRows(rows: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from(rows.flat());
}

/** A header of names, then one line for each row: reference.csv. */
export function csvOf(names: readonly string[], rows: readonly (readonly number[])[]): string {
  return `${[names.join(','), ...rows.map((row) => row.join(','))].join('\n')}\n`;
}
