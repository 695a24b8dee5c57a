import type { Evidence, Identities, OutgoingNotice } from '../../adapters/ports.ts';
import { escaped } from '../../documents/escaped.ts';
import { htmlPage } from '../../documents/html.ts';
import type { Notice } from '../../documents/notices.ts';
import { documentPdf } from '../../documents/pdf.ts';
import { fullName, identitySchema } from '../../domain/application/submission.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { presentAttempt, type NoticeDelivery } from '../../domain/notices/delivery.ts';

export interface OutgoingPorts {
  readonly evidence: Evidence;
  readonly identities: Identities;
  readonly lending: LendingSettings;
}

/** A sealed notice with its addressee, ready to be sent, and its channel. */
export async function outgoingNotice(
  { evidence, identities, lending }: OutgoingPorts,
  applicationId: string,
  delivery: NoticeDelivery,
): Promise<OutgoingNotice & { readonly channel: Notice['channel'] }> {
  const sealed = (await evidence.open(applicationId, 'notice', delivery.notice)) as unknown as Notice;
  const identity = identitySchema.parse(await identities.get(applicationId));
  const { street, city, state, zip } = identity.address;
  const name = fullName(identity);
  const subject = `Your application to ${lending.lender.name}`;
  return {
    applicationId,
    notice: delivery.notice,
    kind: delivery.kind,
    attempt: presentAttempt(delivery).number,
    language: 'en',
    subject,
    recipient: { name, email: identity.email, lines: [name, street, `${city}, ${state} ${zip}`] },
    dueOn: sealed.dueOn,
    channel: sealed.channel,
    draw: async () => ({
      text: sealed.text,
      html: htmlPage(subject, `<pre>${escaped(sealed.text)}</pre>`),
      pdf: await documentPdf({ title: subject, blocks: [{ kind: 'VERBATIM', text: sealed.text }] }, delivery.issuedAt),
    }),
  };
}
