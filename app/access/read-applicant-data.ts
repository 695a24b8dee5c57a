import * as z from 'zod';

import type { Clock, Evidence, Identities, Ledger } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors, type Application } from '../../domain/application/submission.ts';
import type { CreditReport } from '../../domain/bureau/report.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { APPLICANT_DATA } from '../../domain/duties/occasions.ts';
import { FEATURES } from '../../domain/features/catalogue.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { REASON_OF_GROUP } from '../../domain/reasons/catalogue.ts';
import { reasonText } from '../../domain/reasons/reason-text.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import {
  actingRole,
  clientId,
  fieldError,
  person,
  purpose,
  type Contract,
  type Output,
  type UseCase,
} from '../contracts.ts';
import { recordRead } from '../personal-data.ts';
import { readEvidence, type EvidenceKinds } from '../workflow/read-evidence.ts';

const command = z.strictObject({
  applicationId,
  /** The front end for the applicant, or an auditor. */
  by: z.union([person, clientId]),
  role: actingRole('READ_APPLICANT_DATA'),
  purpose: purpose.nullable().default(null),
  /** A request that is sent again is one read. */
  requestId: z.string('must be text').min(8, 'must have 8 characters or more').max(128),
});

const scored = z.strictObject({
  model: z.string(),
  version: z.string(),
  /** Null where the model could not score. */
  score: z.int().nullable(),
  /** The estimated probability of default, percent with two decimals. */
  probabilityOfDefault: z.string().nullable(),
  features: z.array(
    z.strictObject({ name: z.string(), meaning: z.string(), unit: z.string(), value: z.number().nullable() }),
  ),
  /** Each fact that the model read, and whether it counts for or against the applicant. */
  facts: z.array(z.strictObject({ fact: z.string(), effect: z.enum(['FOR', 'AGAINST', 'NONE']) })),
});

const decided = z.strictObject({
  decidedOn: z.string(),
  outcome: z.string(),
  decidedBy: z.enum(['POLICY', 'PERSON']),
  reasons: z.array(z.string()),
  policy: z.strictObject({ id: z.string(), version: z.string() }).nullable(),
});

const applied = z.strictObject({
  stage: z.enum(['PRE_BUREAU', 'FULL']),
  outcome: z.string(),
  /** The rules that fired or could not be evaluated, with the reasons that they state. */
  rules: z.array(z.strictObject({ rule: z.string(), result: z.string(), reasons: z.array(z.string()) })),
});

/** The data on which an application is decided, as the applicant receives it. It is personal data. */
export const applicantData = z.strictObject({
  applicationId,
  identity: z.looseObject({}),
  /** The application as stated, and each amended one. */
  applications: z.array(z.looseObject({})),
  reports: z.array(
    z.strictObject({
      bureau: z.string(),
      status: z.string(),
      reportedOn: z.string().nullable(),
      alerts: z.array(z.string()),
      mismatches: z.array(z.string()),
      attributes: z.record(z.string(), z.number().nullable()).nullable(),
    }),
  ),
  scores: z.array(scored),
  policies: z.array(applied),
  decisions: z.array(decided),
});
type ApplicantData = z.infer<typeof applicantData>;

export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    applicantData.extend({ result: z.literal('SHOWN') }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('NO_SUCH_APPLICATION'), applicationId, message: z.string() }),
  ]),
} as const satisfies Contract;

export type ApplicantDataAnswer = Output<typeof contract>;

export interface ApplicantDataPorts {
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly identities: Identities;
  readonly clock: Clock;
}

/**
 * Gives the applicant the data behind the decisions. The read is recorded first. The screening is left out: it compares the
 * applicant with a sanctions list, and its entries are data of other people.
 * @throws RequestIdReused for the id of another read, KeyDestroyed once the applicant is forgotten.
 */
export function readApplicantData(ports: ApplicantDataPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const { applicationId: id, ...read } = parsed.data;
    const entries = await ports.ledger.read(id);
    const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
    if (!received || (read.role === 'front-end' && received.actor !== read.by)) {
      const message = 'No application of this id was submitted through this front end: check the id.';
      return { result: 'NO_SUCH_APPLICATION', applicationId: id, message };
    }
    await recordRead(ports, id, { ...read, kinds: [APPLICANT_DATA] });
    const named = new Map(entries.flatMap(evidenceNamedBy).map((each) => [each.address, each]));
    const opened = <Kind extends keyof EvidenceKinds>(kind: Kind): Promise<EvidenceKinds[Kind][]> => {
      const addresses = [...named.values()].filter((each) => each.kind === kind).map(({ address }) => address);
      return Promise.all(addresses.map((address) => readEvidence(ports.evidence, id, kind, address)));
    };
    return {
      result: 'SHOWN',
      applicationId: id,
      identity: { ...(await ports.identities.get(id)) },
      applications: (await opened('application')).map(statedIn),
      reports: (await opened('bureau-report')).map(reportedIn),
      scores: (await opened('score')).map(scoreInWords),
      policies: (await opened('policy')).map(policyInWords),
      decisions: (await opened('decision')).map(decisionInWords),
    };
  };
}

function statedIn(sealed: Application): Record<string, unknown> {
  return Object.fromEntries(Object.entries(sealed).filter(([name]) => name !== 'identityDigest'));
}

function reportedIn(report: CreditReport): ApplicantData['reports'][number] {
  const { bureau, status, reportedOn, alerts, mismatches, attributes } = report;
  return { bureau, status, reportedOn, alerts, mismatches, attributes };
}

function scoreInWords({ model, features, result }: Scoring): ApplicantData['scores'][number] {
  return {
    model: model.id,
    version: model.version,
    score: result?.score ?? null,
    probabilityOfDefault: result ? (result.pdMicros / 10_000).toFixed(2) : null,
    features: FEATURES.filter(({ name }) => name in features).map(({ name, description, unit }) => ({
      name,
      meaning: description,
      unit,
      value: features[name] ?? null,
    })),
    facts: (result?.contributions ?? []).map(({ group, deficitMicros }) => ({
      fact: REASON_OF_GROUP[group] ? reasonText({ code: REASON_OF_GROUP[group] }) : group,
      effect: deficitMicros > 0 ? 'AGAINST' : deficitMicros < 0 ? 'FOR' : 'NONE',
    })),
  };
}

function policyInWords({ stage, outcome, rules }: PolicyResult): ApplicantData['policies'][number] {
  const fired = rules.filter(({ result }) => result !== 'PASSED');
  return {
    stage,
    outcome,
    rules: fired.map(({ id, result, reasons }) => ({
      rule: id,
      result,
      reasons: reasons.map((code) => reasonText({ code })),
    })),
  };
}

function decisionInWords(record: DecisionRecord): ApplicantData['decisions'][number] {
  const { decidedOn, outcome, decidedBy, reasons, policy } = record;
  return {
    decidedOn,
    outcome,
    decidedBy: decidedBy === 'POLICY' ? 'POLICY' : 'PERSON',
    reasons: reasons.map(reasonText),
    policy: policy && { id: policy.id, version: policy.version },
  };
}
