import type { Evidence } from '../../adapters/ports.ts';
import { notice, type Notice } from '../../documents/notices/notice.ts';
import type { Validation } from '../../domain/application/completeness.ts';
import { application, type Application } from '../../domain/application/submission.ts';
import { creditReport, type CreditReport } from '../../domain/bureau/report.ts';
import {
  attachedDocument,
  caseComment,
  documentContent,
  documentRequest,
  type AttachedDocument,
  type CaseComment,
  type DocumentContent,
  type DocumentRequest,
} from '../../domain/casework/evidence.ts';
import { conditionEvidence, type ConditionEvidence } from '../../domain/decision/condition-evidence.ts';
import {
  creditContract,
  revisedOffer,
  type CreditContract,
  type RevisedOffer,
} from '../../domain/decision/credit-contract.ts';
import { decisionRecord, type DecisionRecord } from '../../domain/decision/record.ts';
import { review, type Review } from '../../domain/decision/review.ts';
import { policyResult, type PolicyResult } from '../../domain/policy/result.ts';
import { continuedQuote, type ContinuedQuote } from '../../domain/prequalification/continued-quote.ts';
import { quote, type Quote } from '../../domain/prequalification/quote.ts';
import type { Scoring } from '../../domain/scoring/scoring.ts';
import type { Screening } from '../../domain/screening/screen.ts';
import type { ApplicationReference } from '../contracts.ts';

/** The kinds of sealed evidence that steps hand to each other, by the name under which they are sealed. */
export interface EvidenceKinds {
  application: Application;
  validation: Validation;
  screening: Screening;
  policy: PolicyResult;
  'bureau-report': CreditReport;
  score: Scoring;
  review: Review;
  decision: DecisionRecord;
  /** What an applicant stated for a quote. */
  prequalification: Application;
  quote: Quote;
  'continued-quote': ContinuedQuote;
  notice: Notice;
  contract: CreditContract;
  'revised-offer': RevisedOffer;
  'condition-evidence': ConditionEvidence;
  'case-comment': CaseComment;
  'document-request': DocumentRequest;
  document: AttachedDocument;
  'document-content': DocumentContent;
}

/** Evidence that a later release may read is parsed. Evidence that passes only between two steps of one release is not. */
const SCHEMAS: { [Kind in keyof EvidenceKinds]?: { parse: (value: unknown) => unknown } } = {
  application,
  policy: policyResult,
  'bureau-report': creditReport,
  review,
  decision: decisionRecord,
  prequalification: application,
  quote,
  'continued-quote': continuedQuote,
  notice,
  contract: creditContract,
  'revised-offer': revisedOffer,
  'condition-evidence': conditionEvidence,
  'case-comment': caseComment,
  'document-request': documentRequest,
  document: attachedDocument,
  'document-content': documentContent,
};

export async function readEvidence<Kind extends keyof EvidenceKinds>(
  evidence: Pick<Evidence, 'open'>,
  applicationId: string,
  kind: Kind,
  address: string,
): Promise<EvidenceKinds[Kind]> {
  const value = await evidence.open(applicationId, kind, address);
  return (SCHEMAS[kind]?.parse(value) ?? value) as EvidenceKinds[Kind];
}

export function readApplication(
  evidence: Evidence,
  { applicationId, digest }: ApplicationReference,
): Promise<Application> {
  return readEvidence(evidence, applicationId, 'application', digest);
}
