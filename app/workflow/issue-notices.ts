import * as z from 'zod';

import type { Events, Identities, WorkStore } from '../../adapters/ports.ts';
import { NOTICE_KINDS } from '../../documents/notices/notice.ts';
import { renderNotices } from '../../documents/notices/render.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { noticesStatement } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { evidenceAddress, stepInput, type Contract, type Output, type UseCase } from '../contracts.ts';
import { channelOf, noticeRecord, printedOf, sealedNotices } from '../notices/notice-record.ts';
import { syncNotices } from '../notices/notice-rows.ts';
import { removeTask } from '../work-items.ts';
import { stepEntry, type StepPorts } from './record-step.ts';

export const contract = {
  input: z.strictObject({ ...stepInput, decision: evidenceAddress }),
  output: z.strictObject({
    notices: z.array(z.strictObject({ kind: z.enum(NOTICE_KINDS), evidence: evidenceAddress })),
  }),
} as const satisfies Contract;

export interface NoticePorts extends StepPorts {
  readonly lending: LendingSettings;
  readonly identities: Identities;
  readonly workStore: WorkStore;
  readonly events: Events;
}

/**
 * Renders the notices that a decision owes the applicant, from the record alone, seals them and publishes that they are ready
 * to be delivered. All of them are rendered before one is sealed, so a fault leaves none behind.
 */
export function issueNotices(ports: NoticePorts): UseCase<typeof contract> {
  return async (called) => {
    const { applicationId } = called.application;
    // One set of notices an execution, as it has one decision, whichever round they are reached in.
    const step = { ...called.step, round: 0 };
    const entry = await stepEntry(ports, { ...called, step }, 'NOTICES_ISSUED', async () => {
      const { lender } = ports.lending;
      const record = await noticeRecord(ports, { applicationId, decision: called.decision, lender: printedOf(lender) });
      const issued = await sealedNotices(ports, renderNotices(record, { channel: channelOf(record, lender) }), record);
      return { evidence: issued.map(({ reference }) => reference), ...noticesStatement(issued) };
    });
    await syncNotices(ports, applicationId);
    if (called.step.round > 0) await removeTask(ports.workStore, applicationId);
    const announcement = announcementOf(entry);
    if (announcement) await ports.events.publish([announcement]);
    return readBody(entry, 'NOTICES_ISSUED').output as unknown as Output<typeof contract>;
  };
}
