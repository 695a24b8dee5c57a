import { KeyDestroyed, type Evidence, type Ledger, type Vault } from '../../adapters/ports.ts';
import type { FieldError, Identity, Submission } from '../../domain/application/submission.ts';
import { localDate, type LocalDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import type { Quoting } from '../../domain/prequalification/compare-quote.ts';
import { CONTINUED_QUOTE, type ContinuedQuote } from '../../domain/prequalification/continued-quote.ts';
import { identityDigest } from '../intake/identity-digest.ts';
import { readEvidence, type EvidenceKinds } from '../workflow/read-evidence.ts';

export interface ContinuingPorts {
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly vault: Vault;
  readonly lending: LendingSettings;
}

/** The sender and the moment of a submission. */
interface Sent {
  readonly submittedBy: string;
  readonly now: Date;
}

interface Continuable {
  /** Present where the submission names a quote that it may continue. */
  readonly quote: ContinuedQuote | undefined;
  readonly faults: readonly FieldError[];
}

/** One message for every unknown quote, so that a front end learns nothing of the quotes of others. */
const UNKNOWN =
  'names no quote for this applicant through this front end: send the id and the applicant exactly as they were sent for the quote, or leave it out';

/** Finds the quote that a submission names, which must be of the same person, front end and product, and still valid. */
export async function continuable(
  ports: ContinuingPorts,
  { prequalification: id, applicant, product }: Submission,
  { submittedBy, now }: Sent,
): Promise<Continuable> {
  if (id === undefined) return { quote: undefined, faults: [] };
  const quote = await quotedTo(ports, id, { applicant, submittedBy });
  const today = localDate(now.toISOString(), ports.lending.lender.timeZone);
  const fault = typeof quote === 'string' ? quote : faultOf(quote, product, today);
  if (typeof quote !== 'string' && fault === undefined) return { quote, faults: [] };
  return { quote: undefined, faults: [{ path: 'prequalification', message: fault ?? UNKNOWN }] };
}

function faultOf({ stated, quote }: ContinuedQuote, product: string, today: LocalDate): string | undefined {
  if (stated.product !== product) return `names a quote for a ${stated.product}: leave it out`;
  if (quote.validUntil === null || today <= quote.validUntil) return undefined;
  return `names a quote that ended on ${quote.validUntil}: have a new one made, or leave it out`;
}

/** The quote that an applicant has through a front end, or why there is none to continue. */
async function quotedTo(
  ports: ContinuingPorts,
  id: string,
  { applicant, submittedBy }: { readonly applicant: Identity; readonly submittedBy: string },
): Promise<ContinuedQuote | string> {
  const entries = await ports.ledger.read(id);
  const received = entries.find(({ type }) => type === 'PREQUALIFICATION_RECEIVED');
  const quoted = entries.find(({ type }) => type === 'PREQUALIFIED');
  // `system` is the operator of one machine, who submits for any front end.
  if (!received || !quoted || ![received.actor, 'system'].includes(submittedBy)) return UNKNOWN;
  try {
    const stated = await named(ports.evidence, received, 'prequalification');
    const digest = await identityDigest(ports.vault, id, received.actor, applicant);
    if (stated?.identityDigest !== digest) return UNKNOWN;
    return (await basisOf(ports, quoted, stated)) ?? 'names a prequalification without a rate: leave it out';
  } catch (error) {
    if (error instanceof KeyDestroyed) return UNKNOWN;
    throw error;
  }
}

/** The quote with its basis; undefined where no rate was quoted. */
async function basisOf(
  { evidence }: ContinuingPorts,
  quoted: LedgerEntry,
  stated: ContinuedQuote['stated'],
): Promise<ContinuedQuote | undefined> {
  const [quote, report, result, scoring] = await Promise.all([
    named(evidence, quoted, 'quote'),
    named(evidence, quoted, 'bureau-report'),
    named(evidence, quoted, 'policy'),
    named(evidence, quoted, 'score'),
  ]);
  if (quote?.outcome !== 'QUOTED' || !report || !result) return undefined;
  const { model: used } = scoring ?? {};
  const model = used ? { id: used.id, version: used.version, packageDigest: used.packageDigest } : null;
  return { schemaVersion: 1, quote, stated, report, policy: result.policy, model };
}

/** Opens the evidence of a kind that an entry names; undefined where it names none. */
async function named<Kind extends keyof EvidenceKinds>(
  evidence: Pick<Evidence, 'open'>,
  entry: LedgerEntry,
  kind: Kind,
): Promise<EvidenceKinds[Kind] | undefined> {
  const address = evidenceNamedBy(entry).find((each) => each.kind === kind)?.address;
  return address === undefined ? undefined : readEvidence(evidence, entry.applicationId, kind, address);
}

/**
 * Opens the quote that an application continues, and the newest report that its decision uses.
 * @param reports the addresses of the reports, oldest first. @returns undefined for an application without a quote.
 */
export async function quotingOf(
  evidence: Pick<Evidence, 'open'>,
  entries: readonly LedgerEntry[],
  reports: readonly string[],
): Promise<{ readonly address: string; readonly quoting: Quoting } | undefined> {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  const reference = received && evidenceNamedBy(received).find(({ kind }) => kind === CONTINUED_QUOTE);
  if (!received || !reference) return undefined;
  const { applicationId } = received;
  const newest = reports.at(-1);
  const [continued, report] = await Promise.all([
    readEvidence(evidence, applicationId, CONTINUED_QUOTE, reference.address),
    newest === undefined ? null : readEvidence(evidence, applicationId, 'bureau-report', newest),
  ]);
  return { address: reference.address, quoting: { continued, report } };
}
