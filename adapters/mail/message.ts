import { messageName } from '../../domain/notices/delivery.ts';
import type { OutgoingNotice } from '../ports.ts';

export interface Message {
  /** With angle brackets. */
  readonly id: string;
  /** RFC 5322. */
  readonly bytes: Uint8Array;
}

/** The message id of an attempt: the same for each send of it, so mail servers and readers recognize a repeated one. */
export function messageId({ notice, attempt }: Pick<OutgoingNotice, 'notice' | 'attempt'>, sender: string): string {
  return `<${messageName(notice, attempt)}@${sender.split('@').at(-1) ?? ''}>`;
}

/**
 * Composes the e-mail of a notice: text, HTML, and the PDF, where there is one, as an attachment. The subject names no outcome.
 * @param sender the address from which notices come. @param sentAt the Date header.
 */
export async function composeMessage(outgoing: OutgoingNotice, sender: string, sentAt: Date): Promise<Message> {
  // Loaded by the first message: a command that sends none starts without it.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const { text, html, pdf } = await outgoing.draw();
  const { name, email } = outgoing.recipient;
  const id = messageId(outgoing, sender);
  const composer = new MailComposer({
    from: sender,
    to: { name, address: email },
    subject: outgoing.subject,
    messageId: id,
    date: sentAt,
    text,
    html,
    attachments: pdf ? [{ filename: 'notice.pdf', content: Buffer.from(pdf), contentType: 'application/pdf' }] : [],
    // An answering machine of the applicant is not to answer.
    headers: { 'auto-submitted': 'auto-generated', 'content-language': outgoing.language },
    disableUrlAccess: true,
    disableFileAccess: true,
  });
  return { id, bytes: await composer.compile().build() };
}
