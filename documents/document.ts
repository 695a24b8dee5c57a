/** Text with marks: `strong` stands out, `code` is a digest or an id. */
export type Text = string | { readonly strong: string } | { readonly code: string };

export interface TableBlock {
  readonly kind: 'TABLE';
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** The first cell of a row names the row. @default false */
  readonly rowHeads?: boolean;
}

export interface Column {
  readonly heading: string;
  /** Figures stand under each other, at the right. @default false */
  readonly numeric?: boolean;
}

export type TextBlock =
  | { readonly kind: 'HEADING'; readonly level: 2 | 3; readonly text: string }
  | { readonly kind: 'PARAGRAPH'; readonly text: readonly Text[] }
  | { readonly kind: 'LIST'; readonly ordered: boolean; readonly items: readonly string[] }
  | TableBlock
  /** Lines of an address. */
  | { readonly kind: 'LINES'; readonly lines: readonly string[] }
  /** Line feeds and spaces as they are. */
  | { readonly kind: 'VERBATIM'; readonly text: string };

/** Values of several series, label by label. A renderer shows the figures as a table too. */
export interface Plot {
  readonly kind: 'PLOT';
  /** BARS lie one below the other; LINES run over labels that are in order, such as months. */
  readonly shape: 'BARS' | 'LINES';
  readonly title: string;
  /** What the values are, such as `applications`. */
  readonly unit: string;
  readonly series: readonly string[];
  /** One value a series; null where there is none. */
  readonly points: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  /** Digits after the point. @default 0 */
  readonly decimals?: number;
}

/** A page as content alone: the rest of this folder draws it. */
export interface Document<Block = TextBlock> {
  readonly title: string;
  /** BCP 47. @default en */
  readonly language?: string;
  /** Type of the size of a letter, for a person who reads it on paper. @default false */
  readonly large?: boolean;
  readonly blocks: readonly Block[];
}

export type PlottedBlock = TextBlock | Plot;

export const heading = (level: 2 | 3, text: string): TextBlock => ({ kind: 'HEADING', level, text });
export const paragraph = (...text: readonly Text[]): TextBlock => ({ kind: 'PARAGRAPH', text });

/** A column of figures. */
export const figures = (heading: string): Column => ({ heading, numeric: true });

export function table(columns: readonly (string | Column)[], rows: readonly (readonly string[])[]): TableBlock {
  return {
    kind: 'TABLE',
    columns: columns.map((each) => (typeof each === 'string' ? { heading: each } : each)),
    rows,
  };
}
