import type { ProductName } from '../application/products.ts';
import { fieldErrors, type FieldError } from '../application/submission.ts';
import type { CreditAttributes } from '../bureau/report.ts';
import type { DecidingLender, LendingMode } from '../lender.ts';
import { applyFull } from '../policy/apply.ts';
import type { PolicyResult } from '../policy/result.ts';
import { productOf } from '../products/index.ts';
import { interpretCall, modelCall, rowsOf } from '../products/model-call.ts';
import type { PolicyInForce } from '../products/product.ts';
import { marginsOfParts, type Steps } from '../scoring/candidates.ts';
import type { ModelPackage } from '../scoring/model-package.ts';
import type { ScoreResult } from '../scoring/score.ts';
import { statedOf, type Scoring } from '../scoring/scoring.ts';
import { NOBODY_FOUND } from '../screening/screen.ts';
import { applicationOf, reportOf, rescoringItem, type RescoringItem } from './item.ts';

interface RescoringModel {
  readonly manifest: ModelPackage;
  readonly packageDigest: string;
  readonly runtime: string;
  readonly steps: Steps | null;
  /** Margins of rows of features, row-major. */
  margins(rows: Float32Array, shift: number): Promise<Float32Array>;
}

/** What a batch is decided with. */
export interface Rescoring {
  readonly mode: LendingMode;
  readonly lender: DecidingLender;
  /** Undefined for a product that no model scores. */
  readonly model: (product: ProductName) => RescoringModel | undefined;
  readonly champion: (product: ProductName) => PolicyInForce;
  /** Undefined for a product that has no candidate in this batch. */
  readonly candidate: (product: ProductName) => PolicyInForce | undefined;
}

type Outcome = PolicyResult['outcome'];

/** What one policy makes of an item. Money in cents, rates in basis points. */
interface PolicyOutcome {
  readonly policy: string;
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  /** Nearest to the request; null where nothing is offered. */
  readonly offer: {
    readonly amountCents: number;
    /** Null for a line. */
    readonly termMonths: number | null;
    readonly annualRateBasisPoints: number;
  } | null;
}

/** A line of the results, in the order of the items. */
export type Rescored =
  | {
      readonly id: string;
      readonly product: ProductName;
      readonly score: number | null;
      readonly pdMicros: number | null;
      readonly champion: PolicyOutcome;
      /** Absent where the batch has no candidate for the product. */
      readonly candidate?: PolicyOutcome;
    }
  | {
      /** Null where the line has none that can be repeated. */
      readonly id: string | null;
      readonly failure: { readonly name: string; readonly fields: readonly FieldError[] };
    };

interface Read {
  readonly item: RescoringItem;
  readonly application: ReturnType<typeof applicationOf>;
  readonly report: ReturnType<typeof reportOf>;
  scoring: Scoring | null;
  failure: string | undefined;
}

/**
 * Scores and decides items as the workflow would with the same report: features, the model of the product, called once for at least 50,000
 * rows, the full policy with prices and offers. Nothing is pulled, recorded or published.
 * @param lines of a file, each held to `rescoringItem`: one that is not becomes a named failure.
 */
export async function rescore(lines: readonly unknown[], rescoring: Rescoring): Promise<Rescored[]> {
  const read = lines.map((line): Read | Rescored => {
    const parsed = rescoringItem.safeParse(line);
    if (!parsed.success) {
      return { id: idOf(line), failure: { name: 'ItemMalformed', fields: fieldErrors(parsed.error, line) } };
    }
    const item = parsed.data;
    return { item, application: applicationOf(item), report: reportOf(item), scoring: null, failure: undefined };
  });
  for (const [model, files] of byModel(read, rescoring.model)) await score(files, model);
  return read.map((each) => ('item' in each ? decided(each, rescoring) : each));
}

/** The items by the model that scores their product. An item without one has failed. */
function byModel(read: readonly (Read | Rescored)[], modelOf: Rescoring['model']): Map<RescoringModel, Read[]> {
  const files = new Map<RescoringModel, Read[]>();
  for (const each of read) {
    if (!('item' in each)) continue;
    const model = modelOf(each.application.product);
    if (model) files.set(model, [...(files.get(model) ?? []), each]);
    else each.failure = 'ModelMissing';
  }
  return files;
}

/** Rows of one call of the model: 4 MiB of features, for any requested amounts and terms. */
const MAX_ROWS = 50_000;

async function score(files: readonly Read[], model: RescoringModel): Promise<void> {
  const { manifest } = model;
  const stated = statedOf(model);
  let called: Called[] = [];
  let waiting = 0;
  for (const file of files) {
    const attributes = file.report?.attributes;
    if (!attributes) continue;
    const { features, faults, rows } = modelCall(model, file.application, attributes);
    const scoring: Scoring = { schemaVersion: 1, ...stated, features, faults, shiftMicros: 0, result: null };
    file.scoring = scoring;
    if (rows === null) continue;
    called.push({ file, attributes, scoring, rows: rowsOf(model, rows) });
    waiting += called.at(-1)!.rows.length / manifest.features.length;
    if (waiting < MAX_ROWS) continue;
    await call(called, model);
    called = [];
    waiting = 0;
  }
  if (called.length > 0) await call(called, model);
}

interface Called {
  readonly file: Read;
  readonly attributes: CreditAttributes;
  readonly scoring: Scoring;
  readonly rows: Float32Array;
}

async function call(called: readonly Called[], model: RescoringModel): Promise<void> {
  const { manifest } = model;
  const rows = called.map((each) => each.rows);
  const margins = await marginsOfParts(rows, manifest.features.length, (all) => model.margins(all, 0));
  for (const [index, { file, attributes, scoring }] of called.entries()) {
    const { application } = file;
    try {
      const result = interpretCall(model, { application, attributes }, margins[index] ?? new Float32Array());
      file.scoring = { ...scoring, result };
    } catch (error) {
      file.failure = nameOf(error);
    }
  }
}

function decided({ item, application, report, scoring, failure }: Read, rescoring: Rescoring): Rescored {
  const { id, asOf } = item;
  const { product } = application;
  const failed = (name: string): Rescored => ({ id, failure: { name, fields: [] } });
  if (failure !== undefined) return failed(failure);
  const { status } = item.report;
  const { mode, lender } = rescoring;
  const file = { application, screening: NOBODY_FOUND, lender, asOf, status, report, scoring };
  const under = (policy: PolicyInForce): PolicyOutcome =>
    outcomeOf(applyFull({ product: productOf(application), policy, mode, cleared: new Set(), ...file }));
  try {
    const candidate = rescoring.candidate(product);
    const result: ScoreResult | null = scoring?.result ?? null;
    return {
      id,
      product,
      score: result?.score ?? null,
      pdMicros: result?.pdMicros ?? null,
      champion: under(rescoring.champion(product)),
      ...(candidate && { candidate: under(candidate) }),
    };
  } catch (error) {
    return failed(nameOf(error));
  }
}

function outcomeOf(result: PolicyResult): PolicyOutcome {
  const [offer] = 'offers' in result ? (result.offers ?? []) : [];
  return {
    policy: `${result.policy.id}@${result.policy.version}`,
    outcome: result.outcome,
    reasons: result.reasons,
    offer: offer
      ? {
          amountCents: offer.kind === 'LOAN' ? offer.amountCents : offer.limitCents,
          termMonths: offer.kind === 'LOAN' ? offer.termMonths : null,
          annualRateBasisPoints: offer.annualRateBasisPoints,
        }
      : null,
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');

function idOf(line: unknown): string | null {
  const id = typeof line === 'object' && line !== null && 'id' in line ? line.id : null;
  return typeof id === 'string' && rescoringItem.shape.id.safeParse(id).success ? id : null;
}
