import { dateParts } from '../../domain/calendar.ts';
import { formatBasisPoints, formatDollars } from '../../domain/money.ts';
import type { MessageId } from './basis.ts';
import type { Format } from './notice.ts';

/** A language of notices: one file. Amounts keep the form of United States dollars. */
export interface Language {
  /** BCP 47, such as `en`. */
  readonly code: string;
  /** January to December. */
  readonly months: readonly string[];
  /** A date, with the places `{day}`, `{month}` and `{year}`. */
  readonly date: string;
  /** Texts by id. A place such as `{decision.receivedOn|DATE}` names a value of the record and its format. */
  readonly messages: Readonly<Record<MessageId, string>>;
  /** The words of a reason by its code. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Words of the record, such as the name of a condition. A word that is absent is printed as the record has it. */
  readonly terms: Readonly<Record<string, string>>;
}

/** A template that names a value which the record does not have, or a language without a text. Nothing is sealed then. */
export class TemplateFieldMissing extends Error {
  override readonly name = 'TemplateFieldMissing';

  constructor(template: string, field: string, fix: string) {
    super(`The notice template ${template} needs ${field}, which is missing: ${fix}.`);
  }
}

type Printed<Value> = Partial<Record<Format, (value: Value, language: Language) => string>>;

const OF_NUMBERS: Printed<number> = {
  TEXT: String,
  DOLLARS: formatDollars,
  BASIS_POINTS: (value) => `${formatBasisPoints(value)}%`,
  MICROS: (value) => `${(value / 10_000).toFixed(2)}%`,
  PERCENT: (value) => `${value}%`,
  COUNT: (value) => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ','),
  LESS_ONE: (value) => String(value - 1),
};

const OF_TEXTS: Printed<string> = {
  TEXT: (value) => value,
  TERM: (value, { terms }) => terms[value] ?? value,
  PERCENT: (value) => `${value}%`,
  DATE: (value, { months, date }) => {
    const { year, month, day } = dateParts(value);
    const parts: Record<string, string> = { day: String(day), month: months[month - 1] ?? '', year: String(year) };
    return date.replaceAll(/\{(day|month|year)\}/g, (_, part: string) => parts[part] ?? '');
  },
};

/** A value of the record as a notice prints it. @throws TypeError for a value that does not fit its format. */
export function formatted(value: unknown, format: Format, language: Language): string {
  const text =
    typeof value === 'number'
      ? OF_NUMBERS[format]?.(value, language)
      : typeof value === 'string'
        ? OF_TEXTS[format]?.(value, language)
        : undefined;
  if (text !== undefined) return text;
  throw new TypeError(`A notice cannot print a ${typeof value} as ${format}: correct the format in the template.`);
}
