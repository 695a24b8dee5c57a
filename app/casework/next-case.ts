import * as z from 'zod';

import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { DEFAULT_AUTHORITY } from '../../domain/decision/authority.ts';
import { actsOn, objectionTo } from '../../domain/decision/people.ts';
import { matchesCase, type CaseRow } from '../../domain/projections/case.ts';
import { keys } from '../../domain/projections/keys.ts';
import { openDraft } from '../../domain/projections/task.ts';
import { actingRole, fieldError, person, type Contract, type UseCase } from '../contracts.ts';
import type { ClaimPorts } from './acts.ts';
import { caseView, hours } from './command.ts';
import { claimCase } from './work-case.ts';

/** Which case a person wants next, and for how long. Parsed by the use case itself. */
export const nextCaseBody = z.strictObject({
  queue: z.enum(['REVIEW', 'ATTENTION'], 'must be REVIEW or ATTENTION').default('REVIEW'),
  product: z.enum(PRODUCT_NAMES, `must be one of ${PRODUCT_NAMES.join(', ')}`).optional(),
  hours,
});
const command = nextCaseBody.extend({ by: person, role: actingRole('WORK_CASE') });

export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({ result: z.literal('CLAIMED'), case: caseView }),
    z.strictObject({ result: z.literal('NONE'), message: z.string() }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
  ]),
} as const satisfies Contract;

/**
 * Claims the case that is due first among those that no person holds, and on which no act of the person stops the next one. Of two people at once each gets a case of their own,
 * because a claim that came second is refused, and the next case is tried.
 */
export function nextCase(ports: ClaimPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const { queue, product, ...claimed } = parsed.data;
    let after: string | undefined;
    do {
      const page = await ports.workStore.listIndex(keys.cases(queue), { ...(after !== undefined && { after }) });
      for (const { data } of page.items) {
        const { applicationId } = data as CaseRow;
        const now = ports.clock.now().toISOString();
        if (!matchesCase(data as CaseRow, { product, unclaimed: true }, now)) continue;
        if (await hasActed(ports, applicationId, claimed.by)) continue;
        const answer = await claimCase(ports, { act: 'CLAIM', applicationId, ...claimed });
        if (answer.result === 'DONE') return { result: 'CLAIMED', case: answer.case };
        // Another fault than a lost race is the same for every case.
        if (answer.result === 'REFUSED' && answer.reason === 'ROLE_CANNOT_DECIDE')
          return { result: 'NONE', message: answer.message };
      }
      after = page.next;
    } while (after !== undefined);
    return {
      result: 'NONE',
      message: 'No case of this queue waits for you: each is claimed, or one on which you acted before.',
    };
  };
}

/** Whether a person's own acts on an application keep the person from the decision or from the answer to the draft that waits. */
async function hasActed({ ledger }: ClaimPorts, applicationId: string, by: string): Promise<boolean> {
  const entries = await ledger.read(applicationId);
  const capacity = openDraft(entries) ? 'APPROVER' : 'REVIEWER';
  return objectionTo(by, capacity, actsOn(entries), DEFAULT_AUTHORITY) !== undefined;
}
