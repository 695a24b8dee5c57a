import type { Evidence, Identities } from '../../adapters/ports.ts';
import type { Notice, PrintedLender } from '../../documents/notices/notice.ts';
import type { NoticeRecord } from '../../documents/notices/record.ts';
import { consentFault } from '../../domain/application/consents.ts';
import { identitySchema } from '../../domain/application/submission.ts';
import { agencyOf, type Lender } from '../../domain/lender.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { sealed, type SealedReference, type StepPorts } from '../workflow/record-step.ts';

interface RecordPorts {
  readonly evidence: Pick<Evidence, 'open'>;
  readonly identities: Identities;
}

/** The decision whose notices are rendered, and what is beside its record. */
interface NoticeOf {
  readonly applicationId: string;
  /** The address of the decision record. */
  readonly decision: string;
  readonly lender: PrintedLender;
  readonly act?: NoticeRecord['act'];
}

/** The settings of the lender that notices print, with the agency that the lender's type selects. */
export function printedOf(lender: Lender): PrintedLender {
  const { name, address, telephone, applicantUrl } = lender;
  return { name, address, telephone, applicantUrl, agency: agencyOf(lender) };
}

/** Reads everything that the notices of a decision are rendered from. */
export async function noticeRecord(ports: RecordPorts, of: NoticeOf): Promise<NoticeRecord> {
  const { applicationId, decision: address, lender, act } = of;
  const { evidence } = ports;
  const decision = await readEvidence(evidence, applicationId, 'decision', address);
  const { application, policy, preBureauPolicy, reviews } = decision.evidence;
  const result = policy ?? preBureauPolicy;
  const review = reviews.at(-1);
  return {
    decision,
    address,
    application: await readEvidence(evidence, applicationId, 'application', application),
    identity: identitySchema.parse(await ports.identities.get(applicationId)),
    lender,
    policy: result === null ? null : await readEvidence(evidence, applicationId, 'policy', result),
    review: review === undefined ? null : await readEvidence(evidence, applicationId, 'review', review),
    act,
  };
}

/** E-mail where the application has a consent to electronic records that counted when it was decided; else paper. */
export function channelOf({ application, decision }: NoticeRecord, lender: Lender): Notice['channel'] {
  const { consents, product } = application;
  const consented = consents.some(
    (consent) =>
      consent.kind === 'ESIGN' && consentFault(consent, decision.decidedAt, { lender, product }) === undefined,
  );
  return consented ? 'EMAIL' : 'PAPER';
}

/** A notice that is sealed. */
export interface SealedNotice {
  readonly notice: Notice;
  readonly address: string;
  readonly reference: SealedReference;
}

/** Seals the notices of a decision, in order. */
export async function sealedNotices(
  ports: StepPorts,
  notices: readonly Notice[],
  { decision: { applicationId } }: NoticeRecord,
): Promise<SealedNotice[]> {
  const issued: SealedNotice[] = [];
  for (const notice of notices) {
    const reference = await sealed(ports, applicationId, 'notice', notice);
    issued.push({ notice, address: reference.address, reference });
  }
  return issued;
}
