import { Readable } from 'node:stream';

import type SMTPConnection from 'nodemailer/lib/smtp-connection';

import {
  AddressRefused,
  MailResultUnknown,
  MailServerFault,
  MailServerUnreachable,
  type Carried,
  type Clock,
  type OutgoingNotice,
} from '../ports.ts';
import { composeMessage, type Message } from './message.ts';

export interface SmtpOptions {
  /** Such as `smtps://USER:PASSWORD@mail.example.com`. Outside this machine `smtp:` requires STARTTLS. */
  readonly url: string;
  /** The address from which notices come. */
  readonly sender: string;
  readonly clock: Clock;
  /** For the connection, for each silence of the server, and for its answer to the message. @default 30,000 */
  readonly timeoutMs?: number;
  /** For the whole exchange of one message, however often the server answers. @default 30,000 */
  readonly deadlineMs?: number;
}

/** The address of a mail server that cannot be used. */
export class MailServerUrlInvalid extends Error {
  override readonly name = 'MailServerUrlInvalid';
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** @throws MailServerUrlInvalid, which does not repeat the address: it has a password. */
function requireSmtpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname)) {
    throw new MailServerUrlInvalid(
      'The address of the mail server is no SMTP address: give it as smtp://HOST:PORT or smtps://USER:PASSWORD@HOST.',
    );
  }
  return url;
}

/** Sends notices through a mail server. Each has a connection of its own, so one failure stops no other. */
export function smtpMailer(options: SmtpOptions): (outgoing: OutgoingNotice) => Promise<Carried> {
  const url = requireSmtpUrl(options.url);
  return async (outgoing) => {
    const message = await composeMessage(outgoing, options.sender, options.clock.now());
    await send(url, options, { message, to: outgoing.recipient.email });
    return { carrier: 'SMTP', reference: message.id };
  };
}

/** Gives the message to a server that wants it: one that answers DATA with anything but 354 takes its lines for commands. */
function* whenWanted(connection: SMTPConnection, { bytes }: Message): Generator<Uint8Array> {
  const answer = String(connection.lastServerResponse);
  if (!answer.startsWith('354')) {
    throw Object.assign(new Error('The server did not ask for the message.'), {
      responseCode: Number(answer.slice(0, 3)),
    });
  }
  yield bytes;
}

/** What nodemailer states of a failure. */
interface Failure {
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly responseCode?: number | undefined;
  /** The server's words, which may repeat the applicant's address. */
  readonly response?: string | undefined;
}

async function send(
  { protocol, hostname, port, username, password }: URL,
  { sender, timeoutMs = 30_000, deadlineMs = 30_000 }: SmtpOptions,
  { message, to }: { readonly message: Message; readonly to: string },
): Promise<void> {
  const secure = protocol === 'smtps:';
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const connection = new Connection({
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port !== '' && { port: Number(port) }),
    secure,
    requireTLS: !secure && !LOOPBACK.test(hostname),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: 1_000,
  });
  // The server accepts a message only after its last byte: until then, a failure means that nothing was sent.
  const content = Readable.from(whenWanted(connection, message), { objectMode: false });
  let handedOver = false;
  content.once('end', () => {
    handedOver = true;
  });
  let deadline: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      // A server that drips bytes breaks no silence: only this ends its exchange.
      deadline = setTimeout(() => reject({ code: 'ETIMEDOUT', command: 'DEADLINE' } satisfies Failure), deadlineMs);
      const done = (error?: Failure | null) => (error ? reject(error) : resolve());
      connection.once('error', reject);
      connection.once('end', () => reject({ code: 'ECONNECTION' } satisfies Failure));
      const mail = () =>
        connection.send({ from: sender, to: [to], size: message.bytes.length }, content, (error) => done(error));
      connection.connect((error) => {
        if (error) return done(error);
        if (username === '') return mail();
        const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
        return connection.login(credentials, (refused) => (refused ? done(refused) : mail()));
      });
    });
  } catch (failure) {
    throw named(failure as Failure, handedOver);
  } finally {
    clearTimeout(deadline);
    connection.close();
  }
}

/** Refusals of the sender or of the session, which state nothing about the applicant's address (RFC 3463, RFC 5321). */
const POLICY_REFUSAL = /\b[45]\.7\.\d|relay/i;
const ADDRESS_CODES: readonly number[] = [550, 551, 553];

/** Whether an answer to RCPT is about the address itself. */
function refusesAddress({ command, responseCode = 0, response = '' }: Failure): boolean {
  if (command !== 'RCPT TO' || POLICY_REFUSAL.test(response)) return false;
  return ADDRESS_CODES.includes(responseCode) || (responseCode >= 500 && /\b5\.1\.\d/.test(response));
}

/** The error of a failure. Its message has the server's code alone: an answer may repeat the applicant's address. */
function named(failure: Failure, handedOver: boolean): Error {
  const { code = '', command = '', responseCode } = failure;
  const answer = responseCode === undefined ? code : `${responseCode} to ${command || code}`;
  if (refusesAddress(failure)) {
    return new AddressRefused(`The mail server refuses the applicant's address (${answer}): the notice goes on paper.`);
  }
  if (handedOver && responseCode === undefined) {
    return new MailResultUnknown(
      `The mail server has the message and did not answer (${answer}): the next try repeats its message id.`,
    );
  }
  if (responseCode === undefined && /^(ECONNECTION|ESOCKET|ETIMEDOUT|EDNS|ECONNREFUSED|ECONNRESET)$/.test(code)) {
    return new MailServerUnreachable(
      `The mail server was not reached, or broke off before the message (${answer}): check its address and its network.`,
    );
  }
  return new MailServerFault(
    `The mail server did not accept the message (${answer}): check the sender, the login and the server's log.`,
  );
}
