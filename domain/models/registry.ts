import * as z from 'zod';

import type { LocalDate } from '../calendar.ts';
import { MODEL_PURPOSES, type ModelPurpose } from '../scoring/model-package.ts';

/** `SHADOW`: recorded and listed; nothing scores with it yet. `CHAMPION`: decides. */
export const MODEL_STAGES = ['SHADOW', 'CHAMPION'] as const;
export type ModelStage = (typeof MODEL_STAGES)[number];

/** The ledger that has each change of the registry. */
export const MODELS_LEDGER = 'control-models';

const signed = { by: z.string(), at: z.iso.datetime({ precision: 3 }) };
/** `from`: the first local date on which it no longer applies. */
const ended = z.strictObject({ ...signed, from: z.string() }).nullable();

export const registeredPackage = z.strictObject({
  /** SHA-256 of manifest.json. */
  digest: z.string(),
  model: z.string(),
  version: z.string(),
  /** SHA-256 of the report of the checks that the package passed. */
  report: z.string(),
  /** `entry`: the ledger entry, with the note. */
  registered: z.strictObject({ ...signed, entry: z.string() }),
  retired: ended,
});
type RegisteredPackage = z.infer<typeof registeredPackage>;

export const promotion = z.strictObject({
  digest: z.string(),
  product: z.string(),
  purpose: z.enum(MODEL_PURPOSES),
  stage: z.enum(MODEL_STAGES),
  /** The creditor's local date from which on it applies. */
  effective: z.string(),
  promoted: z.strictObject({ ...signed, entry: z.string() }),
  withdrawn: ended,
});
export type Promotion = z.infer<typeof promotion>;

/** Every registered package and every promotion, in the order in which they were made. */
export const registry = z.strictObject({ packages: z.array(registeredPackage), promotions: z.array(promotion) });
export type Registry = z.infer<typeof registry>;

export const EMPTY_REGISTRY: Registry = { packages: [], promotions: [] };

/** What one model of each purpose decides. */
export interface ModelPlace {
  readonly product: string;
  readonly purpose: ModelPurpose;
}

interface Placed extends ModelPlace {
  readonly stage: ModelStage;
  /** From which on it applies, or of a rollback no longer does. */
  readonly date: LocalDate;
}

/** One change of the registry, as its entry in the ledger states it. */
export type ModelChange = {
  readonly digest: string;
  readonly model: string;
  readonly version: string;
  readonly by: string;
  readonly at: string;
  readonly entry: string;
} & (
  | { readonly action: 'REGISTER'; readonly report: string }
  | ({ readonly action: 'PROMOTE' } & Placed)
  | ({ readonly action: 'ROLLBACK' } & Placed)
  | { readonly action: 'RETIRE'; readonly date: LocalDate }
);

/** Returns the registry after a change. The ledger alone determines which model is in force. */
export function afterModelChange(before: Registry, change: ModelChange): Registry {
  const { digest, by, at, entry } = change;
  switch (change.action) {
    case 'REGISTER': {
      const { model, version, report } = change;
      const made = { digest, model, version, report, registered: { by, at, entry }, retired: null };
      return { ...before, packages: [...before.packages, made] };
    }
    case 'PROMOTE': {
      const { product, purpose, stage, date } = change;
      const made = { digest, product, purpose, stage, effective: date };
      return {
        ...before,
        promotions: [...before.promotions, { ...made, promoted: { by, at, entry }, withdrawn: null }],
      };
    }
    case 'ROLLBACK':
      return { ...before, promotions: withdrawnFrom(before, standing(before, digest, change), change) };
    case 'RETIRE': {
      const retired = { by, at, from: change.date };
      const of = before.promotions.filter((each) => each.digest === digest && applies(each, change.date));
      return {
        packages: before.packages.map((each) => (each.digest === digest ? { ...each, retired } : each)),
        promotions: withdrawnFrom(before, of, change),
      };
    }
  }
}

function withdrawnFrom(
  { promotions }: Registry,
  of: readonly Promotion[],
  { by, at, date }: { readonly by: string; readonly at: string; readonly date: LocalDate },
): Promotion[] {
  return promotions.map((each) => (of.includes(each) ? { ...each, withdrawn: { by, at, from: date } } : each));
}

/** Whether a promotion applies on the date or later. */
const applies = ({ withdrawn }: Promotion, date: LocalDate): boolean => withdrawn === null || date < withdrawn.from;

const isOf = (each: Promotion, { product, purpose }: ModelPlace): boolean =>
  each.product === product && each.purpose === purpose;

/** Returns the promotions of a package at a stage that apply on the date or later: a rollback withdraws them. */
function standing(
  { promotions }: Registry,
  digest: string,
  { stage, date, ...place }: ModelPlace & { readonly stage: ModelStage; readonly date: LocalDate },
): Promotion[] {
  return promotions.filter(
    (each) => each.digest === digest && each.stage === stage && isOf(each, place) && applies(each, date),
  );
}

/** Whether a package was ever promoted to champion. From then on only promotions bring a model into force. */
export function isPromoted({ promotions }: Registry, place: ModelPlace): boolean {
  return promotions.some((each) => each.stage === 'CHAMPION' && isOf(each, place));
}

/** The model that is needed: what it decides, and the creditor's local date. */
export interface ModelDay extends ModelPlace {
  readonly date: LocalDate;
}

const isOn = (each: Promotion, date: LocalDate): boolean => each.effective <= date && applies(each, date);

/**
 * Returns the promotion that is in force on a date: of those in effect and not withdrawn by then, the one with the latest
 * effective date; of equal ones the newest.
 */
export function championOn({ promotions }: Registry, { date, ...place }: ModelDay): Promotion | undefined {
  return promotions
    .filter((each) => each.stage === 'CHAMPION' && isOf(each, place) && isOn(each, date))
    .reduce<Promotion | undefined>(
      (latest, each) => (latest === undefined || each.effective >= latest.effective ? each : latest),
      undefined,
    );
}

/** Returns the packages that score beside the champion on a date. */
export function shadowsOn(registered: Registry, day: ModelDay): Promotion[] {
  const champion = championOn(registered, day)?.digest;
  const found = registered.promotions.filter(
    (each) => each.stage === 'SHADOW' && isOf(each, day) && isOn(each, day.date) && each.digest !== champion,
  );
  return found.filter(({ digest }, at) => found.findLastIndex((each) => each.digest === digest) === at);
}

/** Whether a package is champion of any product on a date or later. */
export function isChampionFrom(registered: Registry, digest: string, date: LocalDate): boolean {
  return registered.promotions.some(
    ({ product, purpose, digest: of }) =>
      of === digest &&
      daysFrom(registered, { product, purpose, date }).some(
        (day) => championOn(registered, { product, purpose, date: day })?.digest === digest,
      ),
  );
}

/** Returns a date and every later date on which the champion may change. */
export function daysFrom({ promotions }: Registry, { date, ...place }: ModelDay): LocalDate[] {
  const changes = promotions
    .filter((each) => each.stage === 'CHAMPION' && isOf(each, place))
    .flatMap(({ effective, withdrawn }) => [effective, ...(withdrawn ? [withdrawn.from] : [])]);
  return [...new Set([date, ...changes.filter((day) => day > date)])].toSorted();
}

/** The answer to a change that is not to be made: it was made before at `repeated`, or `fault` names what is wrong. */
export type Objection =
  | { readonly repeated: string }
  | { readonly fault: { readonly path: string; readonly message: string } };

const fault = (path: string, message: string): Objection => ({ fault: { path, message } });

/** Returns why a change is not made; undefined where it may be. @param today the creditor's local date. */
export function objectionTo(before: Registry, change: ModelChange, today: LocalDate): Objection | undefined {
  if (change.action === 'REGISTER') return objectionToRegister(before, change);
  const registered = before.packages.find(({ digest }) => digest === change.digest);
  if (!registered) return fault('digest', 'is of no registered package: register it first');
  switch (change.action) {
    case 'PROMOTE':
      return objectionToPromote(before, registered, change, today);
    case 'ROLLBACK':
      return objectionToRollback(before, change, today);
    case 'RETIRE':
      return objectionToRetire(before, registered, change, today);
  }
}

type ChangeOf<Action extends ModelChange['action']> = Extract<ModelChange, { action: Action }>;

function objectionToRegister(
  { packages }: Registry,
  { digest, model, version }: ChangeOf<'REGISTER'>,
): Objection | undefined {
  const same = packages.find((each) => each.digest === digest);
  if (same?.retired) return fault('digest', `was retired by ${same.retired.by}: register a new version`);
  if (same) return { repeated: same.registered.at };
  if (!packages.some((each) => each.model === model && each.version === version)) return undefined;
  return fault('digest', `is not that of the registered ${model}@${version}: give the changed package a new version`);
}

function objectionToPromote(
  before: Registry,
  { registered, retired }: RegisteredPackage,
  change: ChangeOf<'PROMOTE'>,
  today: LocalDate,
): Objection | undefined {
  const { digest, by, date } = change;
  if (retired) return fault('digest', `was retired by ${retired.by}: register and promote a new version`);
  if (registered.by === by) return fault('by', 'registered the package: another officer must promote it');
  const same = standing(before, digest, { ...change, date: today }).find(({ effective }) => effective === date);
  if (same?.promoted.by === by) return { repeated: same.promoted.at };
  if (same) return fault('digest', `was promoted by ${same.promoted.by} from ${date}: no second promotion is needed`);
  if (date < today) return fault('effective', `is before today, ${today}: name today or a later day`);
  return undefined;
}

function objectionToRollback(before: Registry, change: ChangeOf<'ROLLBACK'>, today: LocalDate): Objection | undefined {
  const { digest, by, product, stage, date } = change;
  if (date !== today) return fault('date', `is not today, ${today}: a rollback takes effect at once`);
  if (standing(before, digest, { ...change, date }).length > 0) return objectionToGap(before, change);
  const last = before.promotions.findLast(
    (each) => each.digest === digest && each.stage === stage && isOf(each, change),
  )?.withdrawn;
  if (last?.by === by && last.from === date) return { repeated: last.at };
  return fault('digest', `has no promotion to ${stage} of ${product} to withdraw: see underwright model list`);
}

/** Returns the objection to a rollback that leaves a day without a champion that had one. */
function objectionToGap(before: Registry, change: ChangeOf<'ROLLBACK'>): Objection | undefined {
  const { product, purpose, date } = change;
  const after = afterModelChange(before, change);
  const gap = daysFrom(after, { product, purpose, date }).find((day) => {
    const asked = { product, purpose, date: day };
    return championOn(before, asked) && !championOn(after, asked);
  });
  if (gap === undefined) return undefined;
  return fault(
    'digest',
    `is the only champion of ${product} on ${gap}: promote another package first, ` +
      'or stop automatic outcomes with underwright switch',
  );
}

function objectionToRetire(
  before: Registry,
  { retired }: RegisteredPackage,
  { digest, by, date }: ChangeOf<'RETIRE'>,
  today: LocalDate,
): Objection | undefined {
  if (retired?.by === by) return { repeated: retired.at };
  if (retired) return fault('digest', `was retired by ${retired.by}`);
  if (date !== today) return fault('date', `is not today, ${today}: a retirement takes effect at once`);
  if (!isChampionFrom(before, digest, today)) return undefined;
  return fault('digest', 'is in force today or later: promote another package, or roll it back first');
}
