import * as z from 'zod';

import type { Events, WorkStore } from '../../adapters/ports.ts';
import { decide, decisionOutcome, type DecisionInputs, type DecisionRecord } from '../../domain/decision/record.ts';
import { OF_WITHDRAWAL } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { ofNewestExecution, withdrawalIn } from '../../domain/ledger/reopening.ts';
import { decisionStatement } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { decidedItems } from '../../domain/projections/listed.ts';
import {
  evidenceAddress,
  pulledReport,
  stepInput,
  type Contract,
  type Input,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { openOffers } from '../offers/offers.ts';
import { quotingOf } from '../prequalification/continue-quote.ts';
import { readReviews } from '../review/reviews.ts';
import { removeTask, syncStatus } from '../work-items.ts';
import { readApplication, readEvidence } from './read-evidence.ts';
import { sealed, stepEntry, type DecidingPorts } from './record-step.ts';

export const contract = {
  input: z.strictObject({
    ...stepInput,
    validation: evidenceAddress,
    screening: evidenceAddress.nullable(),
    preBureauPolicy: evidenceAddress.nullable(),
    reports: z.array(pulledReport),
    score: evidenceAddress.nullable(),
    policy: evidenceAddress.nullable(),
    reviews: z.array(evidenceAddress),
  }),
  output: z.strictObject({ outcome: decisionOutcome, evidence: evidenceAddress }),
} as const satisfies Contract;

export interface DecisionPorts extends DecidingPorts {
  readonly lending: LendingSettings;
  readonly workStore: WorkStore;
  readonly events: Events;
}

/** Writes the one decision record of the execution, from what the steps sealed, or of the applicant's withdrawal. */
export function recordDecision(ports: DecisionPorts): UseCase<typeof contract> {
  return async (called) => {
    const { applicationId } = called.application;
    const entries = await ports.ledger.read(applicationId);
    const withdrawn = withdrawalIn(ofNewestExecution(entries)) !== undefined;
    let entry = await decisionEntry(ports, called, { entries, withdrawn });
    // The withdrawal took the id of the decision.
    if (entry.type === 'APPLICATION_WITHDRAWN')
      entry = await decisionEntry(ports, called, { entries, withdrawn: true });
    const output = readBody(entry, 'DECISION_RECORDED').output as Output<typeof contract>;
    const listed = decidedItems(await syncStatus(ports, applicationId), ports.lending.lender.timeZone).at(-1);
    if (listed) await ports.workStore.create(listed);
    await openOffers(ports, applicationId, output.evidence);
    if (called.step.round > 0 || withdrawn) await removeTask(ports.workStore, applicationId);
    const announcement = announcementOf(entry);
    if (announcement) await ports.events.publish([announcement]);
    return output;
  };
}

/** The ledger before the decision, and whether the applicant withdrew. */
interface Found {
  readonly entries: readonly LedgerEntry[];
  readonly withdrawn: boolean;
}

/** One decision an execution, in any round; that of a withdrawal has an id of its own. */
function decisionEntry(ports: DecisionPorts, called: Input<typeof contract>, found: Found): Promise<LedgerEntry> {
  const once = { ...called, step: { ...called.step, round: 0 }, ...(found.withdrawn && { item: OF_WITHDRAWAL }) };
  return stepEntry(ports, once, 'DECISION_RECORDED', async () => {
    const decision = await decisionOf(ports, called, found);
    const reference = await sealed(ports, called.application.applicationId, 'decision', decision);
    return { evidence: [reference], ...decisionStatement(decision, reference.address) };
  });
}

async function decisionOf(
  ports: DecisionPorts,
  called: Input<typeof contract>,
  { entries, withdrawn }: Found,
): Promise<DecisionRecord> {
  const { evidence } = ports;
  const { applicationId } = called.application;
  const policyOf = (address: string | null) =>
    address ? readEvidence(evidence, applicationId, 'policy', address) : null;
  const [application, validation, preBureauPolicy, policy, reviews, scoring, core] = await Promise.all([
    readApplication(evidence, called.application),
    readEvidence(evidence, applicationId, 'validation', called.validation),
    policyOf(called.preBureauPolicy),
    policyOf(called.policy),
    readReviews(evidence, called),
    called.score ? readEvidence(evidence, applicationId, 'score', called.score) : null,
    ports.decisionCore(),
  ]);
  const obtained = called.reports.flatMap(({ bureau, status, evidence: address }) =>
    address ? [{ bureau, status, address }] : [],
  );
  const addresses = obtained.map(({ address }) => address);
  const reports = await usedReports(ports, applicationId, obtained, entries);
  const quoted = await quotingOf(evidence, entries, addresses);
  const [opening] = ofNewestExecution(entries);
  const reopened = opening?.type === 'DECISION_REOPENED' ? readBody(opening, 'DECISION_REOPENED') : undefined;
  return decide({
    executionArn: called.step.executionArn,
    decidedAt: called.step.enteredAt,
    timeZone: ports.lending.lender.timeZone,
    application,
    validation,
    withdrawn,
    requestedBy: opening?.actor,
    supersedes: opening &&
      reopened && { decision: reopened.evidence[0]?.address ?? '', why: reopened.why, reopenedAt: opening.occurredAt },
    preBureauPolicy,
    policy,
    reviews,
    reports,
    model: scoring?.model ?? null,
    core,
    disclosing: {
      scoring,
      scoredAt: scoredAtOf(entries, called.score),
      scoreDisclosure: ports.lending.lender.scoreDisclosure,
    },
    quoting: quoted?.quoting,
    evidence: restsOn(called, addresses, quoted?.address),
  });
}

/** The addresses of everything that a decision rests on. */
const restsOn = (
  called: Input<typeof contract>,
  reports: string[],
  quote: string | undefined,
): DecisionRecord['evidence'] => ({
  application: called.application.digest,
  ...(quote !== undefined && { quote }),
  validation: called.validation,
  screening: called.screening,
  preBureauPolicy: called.preBureauPolicy,
  reports,
  score: called.score,
  policy: called.policy,
  reviews: [...called.reviews],
});

/** Each report with its bureau's answer, and when it came. */
function usedReports(
  { evidence }: DecisionPorts,
  applicationId: string,
  obtained: readonly { readonly bureau: string; readonly status: string; readonly address: string }[],
  entries: readonly LedgerEntry[],
): Promise<DecisionInputs['reports']> {
  return Promise.all(
    obtained.map(async ({ bureau, status, address }) => {
      const { simulated } = await readEvidence(evidence, applicationId, 'bureau-report', address);
      const pulled = entries.find((entry) => names(entry, 'BUREAU_REPORT_PULLED', address));
      return { bureau, status, simulated, receivedAt: pulled?.occurredAt ?? null };
    }),
  );
}

/** When the score was made, as its newest entry states. */
export function scoredAtOf(entries: readonly LedgerEntry[], score: string | null): string | null {
  return entries.findLast((entry) => names(entry, 'APPLICATION_SCORED', score))?.occurredAt ?? null;
}

function names(entry: LedgerEntry, type: 'APPLICATION_SCORED' | 'BUREAU_REPORT_PULLED', address: string | null) {
  return entry.type === type && readBody(entry, type).evidence.some((each) => each.address === address);
}
