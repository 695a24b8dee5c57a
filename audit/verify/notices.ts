import { isOfAct, statedAct, actNoticeId } from '../../app/notices/issued.ts';
import { noticeRecord } from '../../app/notices/notice-record.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { LANGUAGES } from '../../documents/notices/languages.ts';
import { linkFaults } from '../../documents/notices/links.ts';
import type { Notice } from '../../documents/notices/notice.ts';
import type { NoticeRecord } from '../../documents/notices/record.ts';
import { isCurrent, renderNotice, renderNotices } from '../../documents/notices/render.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import { noticesStatement } from '../../domain/ledger/statements.ts';
import type { Records } from '../records.ts';
import { NotNamed, same, type Expected } from './rests-on.ts';

/** An entry with notices, and the application's other entries. */
interface Issued {
  readonly records: Records;
  readonly entry: LedgerEntry;
  readonly entries: readonly LedgerEntry[];
}

/**
 * Derives the entry from its sealed notices, and the notices from the record. Notices of this edition are rendered again and
 * compared whole. Of another edition, every printed value is compared with the record that its sentence names.
 */
export async function noticesExpected({ records, entry, entries }: Issued): Promise<Expected> {
  const { applicationId } = entry;
  const before = entries.filter(({ sequence }) => sequence < entry.sequence);
  const act = isOfAct(entry) ? before.find((each) => actNoticeId(each) === entry.id) : undefined;
  if (isOfAct(entry) && !act) throw new NotNamed('It issues the notice of an act that no entry before it records.');
  const decision = before.findLast(({ type }) => type === 'DECISION_RECORDED');
  const named = decision && evidenceNamedBy(decision).map(({ address }) => address);
  const issued: { notice: Notice; address: string }[] = [];
  for (const { address } of evidenceNamedBy(entry)) {
    const notice = await readEvidence(records.evidence, applicationId, 'notice', address);
    if (!named?.includes(notice.decision)) throw new NotNamed('Its notice is not of the newest decision before it.');
    issued.push({ notice, address });
  }
  const [first] = issued;
  if (!first) throw new NotNamed('It names no notice.');
  const { lender, decision: rendered } = first.notice;
  const { timeZone } = records.lending.lender;
  const of = { applicationId, decision: rendered, lender, ...(act && { act: statedAct(act, timeZone) }) };
  requireRendered(
    issued.map(({ notice }) => notice),
    await noticeRecord(records, of),
  );
  return { actor: 'system', ...statedOf(issued) };
}

const statedOf = (issued: Parameters<typeof noticesStatement>[0]): Expected => {
  const { output, facts } = noticesStatement(issued);
  return { 'body.output': output, 'body.facts': facts };
};

/** @throws NotNamed where a notice differs from the record. */
function requireRendered(notices: readonly Notice[], record: NoticeRecord): void {
  for (const { channel } of notices) {
    const consented = record.application.consents.some(({ kind }) => kind === 'ESIGN');
    if (channel === 'EMAIL' && !consented) throw new NotNamed('Its notice goes by e-mail without a consent to it.');
  }
  const [first] = notices;
  const language = first && LANGUAGES[first.language];
  if (!first || !language) return;
  if (notices.every((notice) => isCurrent(notice, language))) {
    const { channel, kind } = first;
    const rendering = { channel, language };
    const again = record.act ? [renderNotice(kind, record, rendering)] : renderNotices(record, rendering);
    if (!same(notices, again)) throw new NotNamed('Its notices differ from what the record renders.');
    return;
  }
  const [fault] = notices.flatMap((notice) => linkFaults(notice, record, language));
  if (fault) throw new NotNamed(`A notice differs from its record: ${fault}.`);
}
