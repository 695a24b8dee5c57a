import type { Evidence, Identities, NoticePdf, OutgoingNotice } from '../../adapters/ports.ts';
import { documentPage } from '../../documents/html.ts';
import { noticeDocument, noticeText } from '../../documents/notices/document.ts';
import type { Notice } from '../../documents/notices/notice.ts';
import { fullName, identitySchema } from '../../domain/application/submission.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { presentAttempt, type NoticeDelivery } from '../../domain/notices/delivery.ts';
import { readEvidence } from '../workflow/read-evidence.ts';

export interface OutgoingPorts {
  readonly evidence: Evidence;
  readonly identities: Identities;
  readonly lending: LendingSettings;
  readonly noticePdf: NoticePdf;
}

/** A sealed notice with its addressee, ready to be sent, and its channel. */
export async function outgoingNotice(
  { evidence, identities, lending, noticePdf }: OutgoingPorts,
  applicationId: string,
  delivery: NoticeDelivery,
): Promise<OutgoingNotice & Pick<Notice, 'channel'>> {
  const sealed = await readEvidence(evidence, applicationId, 'notice', delivery.notice);
  const identity = identitySchema.parse(await identities.get(applicationId));
  const { street, city, state, zip } = identity.address;
  const { channel, dueOn, kind, language } = sealed;
  const name = fullName(identity);
  return {
    applicationId,
    notice: delivery.notice,
    kind,
    attempt: presentAttempt(delivery).number,
    language,
    // A mail program shows the subject to bystanders, so it names no outcome.
    subject: `Your application to ${lending.lender.name}`,
    recipient: { name, email: identity.email, lines: [name, street, `${city}, ${state} ${zip}`] },
    dueOn,
    channel,
    draw: async () => ({
      text: noticeText(sealed),
      html: documentPage(noticeDocument(sealed)),
      pdf: await noticePdf(sealed, delivery.issuedAt),
    }),
  };
}
