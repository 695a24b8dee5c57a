import { afterEach, describe, expect, test } from '@jest/globals';

import { messageId } from '../../adapters/mail/message.ts';
import { MailServerUrlInvalid, smtpMailer } from '../../adapters/mail/smtp.ts';
import type { OutgoingNotice } from '../../adapters/ports.ts';
import { startMailServer, startRawServer } from '../support/mail-server.ts';
import { manualClock } from '../support/manual-clock.ts';

const servers: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
const kept = <Server extends { close(): Promise<unknown> }>(server: Server): Server => {
  servers.push(server);
  return server;
};

const NOTICE: OutgoingNotice = {
  applicationId: 'application-0001',
  notice: 'a'.repeat(64),
  kind: 'ADVERSE_ACTION',
  attempt: 1,
  language: 'en',
  subject: 'Your application to Example Lender',
  recipient: { name: 'Zoë Quill', email: 'zoe@example.test', lines: ['Zoë Quill'] },
  dueOn: '2026-02-04',
  draw: async () => ({ text: 'Our reasons.', html: '<p>Our reasons.</p>', pdf: Buffer.from('%PDF-1.7') }),
};
const mailer = (url: string, timeoutMs = 300) =>
  smtpMailer({ url, sender: 'notices@lender.example', clock: manualClock(), timeoutMs, deadlineMs: 600 });
const errorOf = (url: string) => mailer(url)(NOTICE).catch((error: Error) => error) as Promise<Error>;

describe('A mail server', () => {
  test('gets a notice as text, HTML and PDF, under one message id however often it is sent', async () => {
    const { url, messages } = kept(await startMailServer());
    const carried = await mailer(url)(NOTICE);
    await mailer(url)(NOTICE);
    expect(carried).toEqual({ carrier: 'SMTP', reference: messageId(NOTICE, 'notices@lender.example') });
    const [first = '', second = ''] = messages;
    for (const part of ['text/plain', 'text/html', 'application/pdf', `Message-ID: ${carried.reference}`])
      expect(first).toContain(part);
    expect(first).not.toMatch(/^Subject:.*(approv|declin|reason)/im);
    expect(second).toContain(`Message-ID: ${carried.reference}`);
    expect(messageId({ ...NOTICE, attempt: 2 }, 'notices@lender.example')).not.toBe(carried.reference);
  });

  test('that refuses the address is named, and the address is not', async () => {
    const { url } = kept(await startMailServer(() => true));
    const error = await errorOf(url);
    expect(error.name).toBe('AddressRefused');
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('zoe@example.test');
  });

  test('that is not there is unreachable, so that the notice is sent later', async () => {
    const server = await startMailServer();
    await server.close();
    expect((await errorOf(server.url)).name).toBe('MailServerUnreachable');
  });

  const smtp = (line: string): string => (line.startsWith('DATA') ? '354 go on\r\n' : '250 ok\r\n');
  let data = false;
  test.each([
    ['answers nonsense', 'MailServerFault', 'HTTP/1.1 200 OK\r\n', () => 'what?\r\n'],
    ['never greets', 'MailServerUnreachable', '', () => undefined],
    [
      'hangs before the message',
      'MailServerUnreachable',
      '220 hi\r\n',
      (line: string) => (line.startsWith('DATA') ? undefined : '250 ok\r\n'),
    ],
    [
      'refuses the message',
      'MailServerFault',
      '220 hi\r\n',
      (line: string) => (line === '.' ? '554 no\r\n' : /^(EHLO|MAIL|RCPT|DATA)/.test(line) ? smtp(line) : undefined),
    ],
    [
      'hangs after the message',
      'MailResultUnknown',
      '220 hi\r\n',
      (line: string) => (/^(EHLO|MAIL|RCPT|DATA)/.test(line) ? smtp(line) : undefined),
    ],
  ])('that %s gives %s', async (_, name, greeting, answer) => {
    const { url } = kept(await startRawServer(greeting, answer));
    const error = await errorOf(url);
    expect([error.name, error.message]).toEqual([name, expect.not.stringContaining('zoe')]);
  });

  test.each([
    ['EHLO', '250-still\r\n', 'MailServerUnreachable'],
    ['.', '250-still\r\n', 'MailResultUnknown'],
  ])('that drips its answer to %s is left at the deadline', async (at, drip, name) => {
    const timers: NodeJS.Timeout[] = [];
    const server = await startRawServer('220 hi\r\n', (line, socket) => {
      if (!line.startsWith(at)) return /^(EHLO|MAIL|RCPT|DATA)/.test(line) ? smtp(line) : undefined;
      timers.push(setInterval(() => socket.write(drip), 50));
      return undefined;
    });
    kept(server);
    expect((await errorOf(server.url)).name).toBe(name);
    timers.forEach((timer) => clearInterval(timer));
  });

  test.each([
    ['550 5.1.1 no such user', 'AddressRefused'],
    ['553 no such mailbox', 'AddressRefused'],
    ['550 5.7.1 relaying denied', 'MailServerFault'],
    ['530 5.7.0 log in first', 'MailServerFault'],
    ['535 log in first', 'MailServerFault'],
    ['554 not from you', 'MailServerFault'],
    ['550 we do not relay', 'MailServerFault'],
  ])('that answers RCPT with %s gives %s', async (refusal, name) => {
    const { url } = kept(
      await startRawServer('220 hi\r\n', (line) => (line.startsWith('RCPT') ? `${refusal}\r\n` : smtp(line))),
    );
    expect((await errorOf(url)).name).toBe(name);
  });

  test('that answers DATA as it answers a command was given no message', async () => {
    const { url } = kept(await startRawServer('220 hi\r\n', () => '250 ok\r\n'));
    expect((await errorOf(url)).name).toBe('MailServerFault');
  });

  test('that closes after the message leaves the result unknown', async () => {
    data = false;
    const server = await startRawServer('220 hi\r\n', (line, socket) => {
      if (line.startsWith('DATA')) data = true;
      if (data && line === '.') socket.destroy();
      return /^(EHLO|MAIL|RCPT|DATA)/.test(line) ? smtp(line) : undefined;
    });
    kept(server);
    expect((await errorOf(server.url)).name).toBe('MailResultUnknown');
    expect(data).toBe(true);
  });

  test('has an SMTP address, whose password no error repeats', () => {
    expect(() => mailer('http://mail.example.com')).toThrow(MailServerUrlInvalid);
    expect(() => mailer('smtps://user:secret@/')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') as unknown }),
    );
  });
});
