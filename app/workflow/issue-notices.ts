import * as z from 'zod';

import type { Events, Identities, WorkStore } from '../../adapters/ports.ts';
import { renderNotice } from '../../documents/notices.ts';
import { identitySchema } from '../../domain/application/submission.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { noticeStatement } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { evidenceAddress, stepInput, type Contract, type Output, type UseCase } from '../contracts.ts';
import { removeTask } from '../work-items.ts';
import { readApplication, readEvidence } from './read-evidence.ts';
import { sealed, stepEntry, type StepPorts } from './record-step.ts';

export const contract = {
  input: z.strictObject({ ...stepInput, decision: evidenceAddress }),
  output: z.strictObject({ notices: z.array(z.strictObject({ kind: z.string(), evidence: evidenceAddress })) }),
} as const satisfies Contract;

export interface NoticePorts extends StepPorts {
  readonly lending: LendingSettings;
  readonly identities: Identities;
  readonly workStore: WorkStore;
  readonly events: Events;
}

/**
 * Renders what the applicant must be told, from the decision record alone, seals it and announces that it is ready to be
 * delivered. Nothing is mailed here.
 */
export function issueNotices(ports: NoticePorts): UseCase<typeof contract> {
  return async (called) => {
    const { applicationId } = called.application;
    // One set of notices an execution, as it has one decision, whichever round they are reached in.
    const step = { ...called.step, round: 0 };
    const once = { ...called, step };
    const entry = await stepEntry(ports, once, 'NOTICES_ISSUED', async () => {
      const decision = await readEvidence(ports.evidence, applicationId, 'decision', called.decision);
      const application = await readApplication(ports.evidence, called.application);
      const identity = identitySchema.parse(await ports.identities.get(applicationId));
      const notice = renderNotice(decision, application, identity, ports.lending.lender);
      const reference = await sealed(ports, applicationId, 'notice', notice);
      return { evidence: [reference], ...noticeStatement(notice, reference.address) };
    });
    if (called.step.round > 0) await removeTask(ports.workStore, applicationId);
    const announcement = announcementOf(entry);
    if (announcement) await ports.events.publish([announcement]);
    return readBody(entry, 'NOTICES_ISSUED').output as unknown as Output<typeof contract>;
  };
}
