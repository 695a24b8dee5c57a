import { daysOf } from './dates.ts';
import { STAGES, type Kind, type ReasonSource, type Stage, type Type, type Value } from './policy.ts';
import { wholeNumber, type Reader } from './reading.ts';
import type { Entry, Node } from './source.ts';

const KINDS: Readonly<Record<string, Kind>> = {
  money: 'money',
  score: 'score',
  integer: 'integer',
  ratio: 'ratio',
  months: 'months',
  date: 'date',
  boolean: 'boolean',
  enum: 'enumeration',
};
const ANNOTATIONS = ['prohibited', 'model', 'bureau', 'type-of-credit'];
/** Words that CEL, this language, or JavaScript's objects keep for themselves. */
const RESERVED = new Set(
  `as break const continue else false for function if import in let loop namespace null package return true var void
  while limit min max constructor`.split(/\s+/),
);

/** Tells a fault of a name that an expression is to read. @returns whether it has none. */
export function checkName({ key, at }: Pick<Entry, 'key' | 'at'>, what: string, reader: Reader): boolean {
  if (/^[a-z][a-z0-9_]{0,63}$/.test(key) && !RESERVED.has(key)) return true;
  const fault = RESERVED.has(key) ? 'is a word the language keeps for itself' : 'is no name';
  const fix = 'Use lower-case letters, digits and "_", such as monthly_income.';
  reader.problems.error(at, 'MALFORMED', `${what} "${key}" ${fault}.`, fix);
  return false;
}

/**
 * The closed list of inputs, by the stage at which each is known, each written `kind? range @annotation`, such as
 * `money? 0..100_000_000`, `score? 300..850 @bureau`, `enum OWN|RENT`, `date 2000-01-01..2099-12-31`.
 * @returns the inputs, and the names of those whose declaration is at fault.
 */
export function checkInputs(node: Node, reader: Reader): { values: Value[]; broken: Set<string> } {
  const values: Value[] = [];
  const broken = new Set<string>();
  const seen = new Set<string>();
  for (const stage of STAGES) {
    const group = reader.entries(node, 'The inputs').find((entry) => entry.key === stage);
    if (!group) continue;
    for (const entry of reader.entries(group.value, `The ${stage} inputs`)) {
      if (seen.has(entry.key)) {
        const fault = `The input "${entry.key}" is declared in both stages`;
        reader.problems.error(entry.at, 'DUPLICATE_ID', `${fault}.`, 'What is known before stays known: remove one.');
        continue;
      }
      seen.add(entry.key);
      const value = checkName(entry, 'The input', reader) ? checkInput(entry, stage, reader) : undefined;
      if (value) values.push(value);
      else broken.add(entry.key);
    }
  }
  return { values, broken };
}

function checkInput({ key: name, at, value: node }: Entry, stage: Stage, reader: Reader): Value | undefined {
  const where = `The input "${name}"`;
  const scalar = reader.scalar(node, where);
  if (!scalar) return undefined;
  const annotations = [...scalar.text.matchAll(/@(\S+)/g)].map((match) => match[1] ?? '');
  const strange = annotations.find((annotation) => !ANNOTATIONS.includes(annotation));
  if (strange !== undefined) {
    const fix = `There are ${ANNOTATIONS.map((annotation) => `@${annotation}`).join(', ')}.`;
    reader.problems.error(scalar.at, 'MALFORMED', `${where} is marked "@${strange}", which means nothing.`, fix);
    return undefined;
  }
  const type = checkType(scalar.text.replaceAll(/@\S+/g, ' ').trim(), where, scalar.at, reader);
  if (!type) return undefined;
  const sources = (['model', 'bureau'] as const).filter((source) => annotations.includes(source));
  if (type.kind === 'score' && sources.length !== 1) {
    const fix = 'Mark it @model or @bureau: the reasons for a low score come from there.';
    reader.problems.error(scalar.at, 'MALFORMED', `${where} is a score of unknown origin.`, fix);
    return undefined;
  }
  if (sources.length > 0 && stage === 'pre-bureau') {
    const fix = 'Move it to the full inputs.';
    reader.problems.error(at, 'WRONG_STAGE', `${where} cannot be known before a report is pulled.`, fix);
    return undefined;
  }
  const prohibited = new Set(annotations.includes('prohibited') ? [name] : []);
  const saysType = annotations.includes('type-of-credit');
  if (saysType && type.labels.length === 0 && type.kind !== 'boolean') {
    const fault = `${where} is a ${type.kind}, which is a term of the credit and not its type`;
    reader.problems.error(scalar.at, 'ADVERSE_ACTION', `${fault}.`, 'Remove @type-of-credit.');
    return undefined;
  }
  return { name, from: 'input', at, type, stage, sources: new Set<ReasonSource>(sources), prohibited, saysType };
}

function checkType(text: string, where: string, at: number, reader: Reader): Type | undefined {
  const [, word = '', mark, rest = ''] = /^([A-Za-z]+)(\?)?\s*(.*)$/s.exec(text) ?? [];
  const kind = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  const fault: Fault = (message, fix) => {
    reader.problems.error(at, 'MALFORMED', `${where} ${message}.`, fix);
    return undefined;
  };
  if (!kind) return fault(`has the unknown type "${word}"`, `Write one of: ${Object.keys(KINDS).join(', ')}.`);
  const values = valuesOf(kind, word, rest, fault);
  return values && { kind, nullable: mark === '?', ...values };
}

type Fault = (message: string, fix: string) => undefined;
type Values = Pick<Type, 'low' | 'high' | 'labels'>;

/** @param rest of the type's text, after its word and mark. */
function valuesOf(kind: Kind, word: string, rest: string, fault: Fault): Values | undefined {
  if (kind === 'boolean') {
    return rest === '' ? { low: 0, high: 1, labels: [] } : fault('is a boolean with a range', 'Remove the range.');
  }
  return kind === 'enumeration' ? labelsOf(rest, fault) : rangeOf(kind, word, rest, fault);
}

function labelsOf(text: string, fault: Fault): Values | undefined {
  const labels = text.split('|').map((label) => label.trim());
  const odd = labels.find((label) => !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(label));
  if (odd !== undefined || labels.length < 2) return fault('lists no values', 'Write enum A|B|C.');
  if (new Set(labels).size < labels.length) return fault('lists a value twice', 'Remove one of them.');
  return { low: 0, high: labels.length - 1, labels };
}

function rangeOf(kind: Kind, word: string, text: string, fault: Fault): Values | undefined {
  const [first, last, more] = text.split('..').map((bound) => bound.trim());
  const [low, high] = [first ?? '', last ?? ''].map((bound) => (kind === 'date' ? daysOf(bound) : wholeNumber(bound)));
  const example = kind === 'date' ? 'date 2000-01-01..2099-12-31' : `${word} 0..1000`;
  if (low === undefined || high === undefined || more !== undefined) {
    return fault('has no range', `Write the lowest and the highest value that is believed: ${example}.`);
  }
  if (low >= high) return fault('has a range that runs backwards', `Write the lower bound first: ${example}.`);
  return { low, high, labels: [] };
}
