import { SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2';

import { composeMessage } from '../mail/message.ts';
import {
  AddressRefused,
  MailResultUnknown,
  MailServerFault,
  MailServerUnreachable,
  type Clock,
  type NoticeMail,
} from '../ports.ts';

export interface SesOptions {
  readonly client: SESv2Client;
  /** The address from which notices come; undefined where the stage has none. */
  readonly sender: string | undefined;
  /** The configuration set whose events report bounces. */
  readonly configurationSet: string;
  readonly clock: Clock;
}

/**
 * Sends notices with Amazon SES. The tags of a message name the notice and its attempt, so that a bounce finds them. Needs
 * `ses:SendEmail`.
 */
export function sesMail({ client, sender, configurationSet, clock }: SesOptions): NoticeMail {
  return {
    configured: sender !== undefined,
    async send(outgoing) {
      if (sender === undefined)
        throw new MailServerFault('The stage has no mail.sender: set it, and deploy the stage.');
      const { applicationId, notice, attempt, recipient } = outgoing;
      const { bytes } = await composeMessage(outgoing, sender, clock.now());
      const command = new SendEmailCommand({
        FromEmailAddress: sender,
        Destination: { ToAddresses: [recipient.email] },
        ConfigurationSetName: configurationSet,
        EmailTags: Object.entries({ application: applicationId, notice, attempt: String(attempt) }).map(
          ([Name, Value]) => ({
            Name,
            Value,
          }),
        ),
        Content: { Raw: { Data: bytes } },
      });
      try {
        const { MessageId = '' } = await client.send(command);
        return { carrier: 'SES', reference: MessageId };
      } catch (error) {
        throw named(error as Failure);
      }
    },
  };
}

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The error of a failure. A message of SES may repeat the applicant's address, so only its name is kept. */
function named({ name, message, $metadata }: Failure): Error {
  if (name === 'TimeoutError' || ($metadata?.httpStatusCode ?? 0) >= 500) {
    return new MailResultUnknown(`SES may have taken the message (${name}): the next try repeats it.`);
  }
  if ($metadata?.httpStatusCode === undefined) {
    return new MailServerUnreachable(`SES was not reached (${name}): check the network of the function.`);
  }
  if (name === 'MessageRejected' && /address/i.test(message) && !/not verified/i.test(message)) {
    return new AddressRefused(`SES refuses the applicant's address (${name}): the notice goes on paper.`);
  }
  return new MailServerFault(
    `SES did not accept the message (${name}): check the sender's identity and the sending limits.`,
  );
}
