import * as z from 'zod';

import { localDate } from '../calendar.ts';
import { dutyFacts } from '../duties/facts.ts';
import { dutiesOf, dutyStatus, type DutyStatus } from '../duties/status.ts';
import type { Json, JsonObject } from '../json.ts';
import { digestOf } from '../ledger/canonical-json.ts';
import { ledgerEntry, type LedgerEntry } from '../ledger/chain.ts';
import { digest } from '../ledger/digest.ts';
import { evidenceReference } from '../ledger/events.ts';
import { sealProof, type SealProof } from '../ledger/seal.ts';
import type { Lender } from '../lender.ts';
import { policyResult } from '../policy/result.ts';
import { override, overridesOf } from './override.ts';
import { decisionRecord } from './record.ts';
import { releaseObject, type ReleaseObject } from './release.ts';

const piece = z.strictObject({
  ...evidenceReference.shape,
  /** Of the ledger entry that names it first. */
  sequence: z.int(),
  /** The stored bytes, base64: their SHA-256 is the address. */
  sealed: z.string(),
  /** The content, and the SHA-256 of its canonical JSON; both null where it is withheld. */
  value: z.unknown().nullable(),
  valueDigest: digest.nullable(),
  /** It may name the applicant, and the file was made without identity. */
  withheld: z.boolean(),
});

/**
 * Everything that a decision used, in one file that needs nothing else to be read or verified. Published as
 * docs/schemas/decision-file-3.json. It is the only version until release 1.0.0.
 */
export const decisionFile = z.strictObject({
  schemaVersion: z.literal(3),
  kind: z.literal('UNDERWRIGHT_DECISION_FILE'),
  export: z.strictObject({ at: z.iso.datetime(), by: z.string(), purpose: z.string(), withIdentity: z.boolean() }),
  applicationId: z.string(),
  product: z.string(),
  /** Who lends, as the release that made the file says. */
  lender: z.strictObject({ name: z.string(), address: z.string() }),
  /** State of residence, whose law applies; null where the application is not in the file. */
  jurisdiction: z.string().nullable(),
  /** What happened, in order: an index of `entries`. */
  timeline: z.array(
    z.strictObject({
      sequence: z.int(),
      type: z.string(),
      occurredAt: z.string(),
      recordedAt: z.string(),
      actor: z.string(),
      /** The state of the workflow in which it happened; null for what came from outside of it. */
      cause: z.string().nullable(),
      /** Since the entry before, in ms; null for the first. */
      latencyMs: z.int().nullable(),
      facts: z.record(z.string(), z.unknown()),
    }),
  ),
  consents: z.array(z.unknown()),
  /** The newest decision record; null while nothing is decided. The same as the piece of evidence of kind `decision`. */
  decision: decisionRecord.nullable(),
  /** Where a person put their judgment in the place of the policy's. */
  overrides: z.array(override),
  /** Every policy that was applied, by the digests of its compiled module and of its text. */
  policies: z.array(policyResult.shape.policy),
  /** Every model that scored, by the digest of its manifest, which has the model's own digest. */
  models: z.array(decisionRecord.shape.model.unwrap()),
  /** Each legal duty toward the applicant on the creditor's date of the export: whether it applied, and what met it. */
  duties: z.array(dutyStatus),
  /** Application, reports raw and canonical, score, policy results, reviews, decision, notices, history: by `kind`. */
  evidence: z.array(piece),
  /** The decision cores and models that results name, as far as they were archived: with them it can be replayed. */
  release: z.array(releaseObject),
  /** The hash chain of the application. */
  entries: z.array(ledgerEntry),
  /** Null while no seal has the application. */
  seal: sealProof.nullable(),
  /** Who applied; null unless the file was made with identity. */
  identity: z.record(z.string(), z.unknown()).nullable(),
  /** The application's data key, hexadecimal, which opens every sealed piece; null unless the file was made with identity. */
  evidenceKey: digest.nullable(),
  /** Ed25519 over `fileText`, base64: the lender's word that this is what it had. */
  signature: z.strictObject({ keyId: digest, value: z.string() }),
});
export type DecisionFile = z.infer<typeof decisionFile>;

/** Kinds of evidence that may name the applicant: the raw answer of a bureau, the letter, a reviewer's note. */
export const NAMES_THE_APPLICANT: readonly string[] = [
  'bureau-answer',
  'notice',
  'review',
  'case-comment',
  'document-request',
  'document',
  'document-content',
  'identity',
];

/** One object as it lies in the store, opened. */
export interface OpenedPiece {
  readonly kind: string;
  readonly address: string;
  readonly versionId: string;
  readonly sequence: number;
  readonly sealed: Uint8Array;
  readonly value: Json;
}

export interface DecisionFileInputs {
  readonly lender: Pick<Lender, 'name' | 'address' | 'timeZone'>;
  readonly export: DecisionFile['export'];
  readonly entries: readonly LedgerEntry[];
  readonly pieces: readonly OpenedPiece[];
  readonly release: readonly ReleaseObject[];
  readonly seal: SealProof | null;
  /** Both given exactly when `export.withIdentity`. */
  readonly identity: JsonObject | null;
  readonly evidenceKey: string | null;
}

/** The file but for its signature. Without identity, whatever may name the applicant is withheld, its digests are not. */
export function assembleDecisionFile(inputs: DecisionFileInputs): Omit<DecisionFile, 'signature'> {
  const { entries, pieces } = inputs;
  const { withIdentity } = inputs.export;
  const ofKind = (kind: string) => pieces.filter((each) => each.kind === kind).map(({ value }) => value);
  const decided = ofKind('decision').at(-1);
  const [application] = ofKind('application') as JsonObject[];
  const policies = ofKind('policy').map((value) => policyResult.parse(value).policy);
  const models = ofKind('score').map((value) =>
    decisionRecord.shape.model.unwrap().parse((value as JsonObject)['model']),
  );
  const values = new Map(pieces.map(({ address, value }) => [address, value]));
  return {
    schemaVersion: 3,
    kind: 'UNDERWRIGHT_DECISION_FILE',
    export: inputs.export,
    applicationId: entries[0]?.applicationId ?? '',
    product: (application?.['product'] as string | undefined) ?? '',
    lender: { name: inputs.lender.name, address: inputs.lender.address },
    jurisdiction: (application?.['residence'] as { state: string } | undefined)?.state ?? null,
    timeline: entries.map(({ id, sequence, type, occurredAt, recordedAt, actor, body }, index) => ({
      sequence,
      type,
      occurredAt,
      recordedAt,
      actor,
      cause: stateOf(id),
      latencyMs: latency(entries[index - 1]?.occurredAt, occurredAt),
      facts: factsOf(body),
    })),
    consents: (application?.['consents'] as Json[] | undefined) ?? [],
    decision: decided === undefined ? null : decisionRecord.parse(decided),
    overrides: overridesOf(entries, (address) => values.get(address)),
    policies: distinct(policies),
    models: distinct(models),
    duties: dutiesOnExport(inputs, (address) => values.get(address)),
    evidence: pieces.map((each) => shownPiece(each, withIdentity)),
    release: [...inputs.release],
    entries: entries.map((each) => ({ ...each })),
    seal: inputs.seal,
    identity: withIdentity ? inputs.identity : null,
    evidenceKey: withIdentity ? inputs.evidenceKey : null,
  };
}

function dutiesOnExport(
  { entries, lender, export: made }: DecisionFileInputs,
  valueAt: (address: string) => Json | undefined,
): DutyStatus[] {
  const { timeZone } = lender;
  return dutiesOf(dutyFacts({ entries, valueAt, timeZone, today: localDate(made.at, timeZone) }));
}

function shownPiece({ sealed, value, ...named }: OpenedPiece, withIdentity: boolean): DecisionFile['evidence'][number] {
  const withheld = !withIdentity && NAMES_THE_APPLICANT.includes(named.kind);
  return {
    ...named,
    sealed: Buffer.from(sealed).toString('base64'),
    value: withheld ? null : value,
    // A digest of what is withheld could be guessed at: names and addresses are few.
    valueDigest: withheld ? null : digestOf(value),
    withheld,
  };
}

function factsOf(body: JsonObject): JsonObject {
  if (body['facts']) return body['facts'] as JsonObject;
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'evidence' && name !== 'output'));
}

/** The id of a step's event is `execution/state/round`, with what it was about behind it. */
function stateOf(eventId: string): string | null {
  return /^[^/]+\/([A-Z][A-Za-z]+)\/\d+(?:\/|$)/.exec(eventId)?.[1] ?? null;
}

function latency(before: string | undefined, after: string): number | null {
  return before === undefined ? null : Date.parse(after) - Date.parse(before);
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [digestOf(value), value])).values()];
}

/**
 * The JSON Schema that is published, as text.
 * @internal A test compares docs/schemas/decision-file-3.json with it.
 */
export function decisionFileJsonSchema(): string {
  const schema = z.toJSONSchema(decisionFile, { io: 'output' });
  return `${JSON.stringify({ title: 'Underwright decision file, version 3', ...schema }, null, 2)}\n`;
}
