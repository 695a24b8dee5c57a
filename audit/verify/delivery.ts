import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { daysBetween, localDate } from '../../domain/calendar.ts';
import { noticeFactId, noticeWarningId } from '../../domain/ledger/acts.ts';
import { readBody, type EventBody, type EventType } from '../../domain/ledger/events.ts';
import { runningClock } from '../../domain/notices/clock.ts';
import { deliveriesOf, messageName, presentAttempt, type Attempt } from '../../domain/notices/delivery.ts';
import { evidenceOf } from '../../domain/retention/retention.ts';
import { recentPrefixes, requireRole, requireSome, type Act } from './act.ts';
import { NotNamed, type Expected } from './rests-on.ts';

/** The delivery of notices, checked by how far the entries before it had brought each of them. */
export const DELIVERY_ACTS = {
  NOTICE_PRINT_REQUESTED: printRequested,
  NOTICE_SENT: noticeSent,
  NOTICE_RETURNED: noticeReturned,
  NOTICE_DUE_WARNED: noticeDueWarned,
} as const satisfies Partial<Record<EventType, (act: Act) => Promise<Expected> | Expected>>;

type Fact = 'NOTICE_PRINT_REQUESTED' | 'NOTICE_SENT' | 'NOTICE_RETURNED';

const dateOf = ({ entry, lending }: Act): string => localDate(entry.occurredAt, lending.lender.timeZone);

/** The attempt that an entry is about, as the entries before it leave it. */
function requireAttempt({ entry, before }: Act, type: Fact) {
  const { notice, kind, attempt } = readBody(entry, type);
  const delivery = deliveriesOf(before).find((each) => each.notice === notice);
  if (!delivery || delivery.kind !== kind) throw new NotNamed('No entry before it issues its notice.');
  const present = presentAttempt(delivery);
  if (present.number !== attempt && !(type === 'NOTICE_SENT' && isMailedAgain(present, attempt)))
    throw new NotNamed(`The present attempt of its notice was ${present.number}.`);
  return { notice, attempt, present };
}

/** A notice may be on its way when its decision is superseded, so an entry that came meanwhile does not count. */
function requireCurrent(act: Act, notice: string): void {
  requireSome(recentPrefixes(act), (prefix) =>
    deliveriesOf(prefix).some((each) => each.notice === notice && !each.superseded),
  );
}

async function channelOf({ entry, evidence }: Act, notice: string): Promise<unknown> {
  const { channel } = (await evidence.open(entry.applicationId, 'notice', notice)) as { readonly channel?: unknown };
  return channel;
}

async function printRequested(act: Act): Promise<Expected> {
  const { because } = readBody(act.entry, 'NOTICE_PRINT_REQUESTED');
  const { notice, attempt, present } = requireAttempt(act, 'NOTICE_PRINT_REQUESTED');
  requireCurrent(act, notice);
  if (present.printing || present.sent) throw new NotNamed('Its attempt was printed or sent before.');
  const byMail = (await channelOf(act, notice)) === 'EMAIL';
  const reasons = attempt > 1 ? ['RETURNED'] : byMail ? ['ADDRESS_REFUSED', 'NO_MAIL_SERVER'] : ['CHANNEL'];
  if (!reasons.includes(because)) throw new NotNamed('The records do not bear out why it is on paper.');
  return { actor: 'system', id: noticeFactId(notice, attempt, 'printing') };
}

async function noticeSent(act: Act): Promise<Expected> {
  const { entry } = act;
  const { channel, role, sentOn } = readBody(entry, 'NOTICE_SENT');
  const { notice, attempt, present } = requireAttempt(act, 'NOTICE_SENT');
  requireCarrier(readBody(entry, 'NOTICE_SENT'));
  if (isMailedAgain(present, attempt)) return mailedAgain(act, present);
  requireCurrent(act, notice);
  if (present.sent) throw new NotNamed('Its attempt was sent before.');
  const id = noticeFactId(notice, attempt, 'sent');
  if (channel === 'EMAIL') {
    if (attempt > 1 || present.printing) throw new NotNamed('Its attempt was on paper.');
    if ((await channelOf(act, notice)) !== 'EMAIL' || !(await consentedToElectronicRecords(act)))
      throw new NotNamed('The applicant did not consent to electronic records.');
    return { id, actor: 'system', 'body.role': null, 'body.sentOn': dateOf(act) };
  }
  if (!present.printing) throw new NotNamed('No entry before it requests its print.');
  requireRecorder(act, role);
  const requestedOn = localDate(present.printing.at, act.lending.lender.timeZone);
  if (sentOn < requestedOn || sentOn > dateOf(act))
    throw new NotNamed(`It was to be printed on ${requestedOn}, and another day is stated for its mailing.`);
  return { id };
}

const CARRIERS = { EMAIL: ['SMTP', 'SES'], PAPER: ['MAIL'] } as const;

/** @throws NotNamed unless the carrier serves the channel, and the reference is one that it gives. */
function requireCarrier({ channel, carrier, reference, notice, attempt }: EventBody<'NOTICE_SENT'>): void {
  if (!CARRIERS[channel].some((each) => each === carrier))
    throw new NotNamed('Its carrier does not serve its channel.');
  const isMessage = reference.startsWith(`<${messageName(notice, attempt)}@`) && reference.endsWith('>');
  if (carrier === 'SMTP' ? !isMessage : reference.trim() === '') {
    throw new NotNamed('Its reference is none that its carrier gives.');
  }
}

/** Whether an attempt mails paper again that came back. */
const isMailedAgain = ({ number, sent, returned }: Attempt, attempt: number): boolean =>
  attempt === number + 1 && sent?.channel === 'PAPER' && returned !== undefined;

function mailedAgain(act: Act, { returned }: Attempt): Expected {
  const { channel, role, sentOn, notice, attempt } = readBody(act.entry, 'NOTICE_SENT');
  requireCurrent(act, notice);
  if (channel !== 'PAPER') throw new NotNamed('Its earlier attempt came back on paper.');
  requireRecorder(act, role);
  if (sentOn < (returned?.returnedOn ?? '') || sentOn > dateOf(act))
    throw new NotNamed('It was mailed again on no day since it came back.');
  return { id: noticeFactId(notice, attempt, 'sent') };
}

function requireRecorder({ entry }: Act, role: Parameters<typeof requireRole>[1] | null): void {
  if (role === null) throw new NotNamed('It states no role: only a person states this.');
  requireRole(entry, role, 'RECORD_DELIVERY');
}

async function consentedToElectronicRecords({ entry, before, evidence }: Act): Promise<boolean> {
  const sealed = evidenceOf(before).filter(({ kind }) => kind === 'application');
  for (const { address } of sealed) {
    const { consents } = await readEvidence(evidence, entry.applicationId, 'application', address);
    if (consents.some(({ kind }) => kind === 'ESIGN')) return true;
  }
  return false;
}

function noticeReturned(act: Act): Expected {
  const { role, returnedOn } = readBody(act.entry, 'NOTICE_RETURNED');
  const { notice, attempt, present } = requireAttempt(act, 'NOTICE_RETURNED');
  const { sent, returned } = present;
  if (!sent || returned) throw new NotNamed('Its attempt was not sent, or was returned before.');
  if (returnedOn < sent.sentOn || returnedOn > dateOf(act))
    throw new NotNamed('It came back on no day since it was sent.');
  const id = noticeFactId(notice, attempt, 'returned');
  if (role === null && sent.channel === 'EMAIL') return { id, actor: 'system', 'body.returnedOn': dateOf(act) };
  requireRecorder(act, role);
  return { id };
}

function noticeDueWarned(act: Act): Expected {
  const { entry, lending } = act;
  const { countedFrom, day } = readBody(entry, 'NOTICE_DUE_WARNED');
  requireSome(
    recentPrefixes(act),
    (prefix) => runningClock(prefix, lending.lender.timeZone)?.countedFrom === countedFrom,
  );
  if (daysBetween(countedFrom, dateOf(act)) < day) throw new NotNamed(`It was written before day ${day}.`);
  return { actor: 'system', id: noticeWarningId(entry.applicationId, countedFrom, day) };
}
