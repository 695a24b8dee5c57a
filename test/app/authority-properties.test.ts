import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { workCase } from '../../app/casework/work-case.ts';
import { readCase } from '../../app/review/case.ts';
import { completeTask } from '../../app/review/complete-task.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import type { Records } from '../../audit/records.ts';
import { entryFaults } from '../../audit/verify/entries.ts';
import { actsOn } from '../../domain/decision/people.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { REASONS, type ReasonCode } from '../../domain/reasons/catalogue.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts } from '../support/embedded-ports.ts';
import { scaled } from '../support/scale.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
/** Files that are thin, missing, under an alert, declined for a bankruptcy, and approved. */
const FILES = ['900200000', '900100000', '900700000', '900010299', '900010005'];
const PEOPLE = ['r.vega', 's.lind', 'm.okafor', 'web.front-end'];

const command = fc.record({
  by: fc.constantFrom(...PEOPLE),
  role: fc.constantFrom('reviewer', 'senior-reviewer', 'reviewer', 'senior-reviewer', 'administrator'),
  action: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('APPROVE', 'APPROVE', 'DECLINE', 'CONFIRM', 'REJECT') },
    { weight: 1, arbitrary: fc.constant('DECLARE_CONFLICT') },
  ),
  reason: fc.oneof(
    { weight: 2, arbitrary: fc.constant('SUPPORTED' as const) },
    { weight: 1, arbitrary: fc.constantFrom('OWN' as const, ...(Object.keys(REASONS) as ReasonCode[])) },
  ),
  terms: fc.option(
    fc.record({
      amountCents: fc.integer({ min: 1, max: 11 }).map((thousands) => thousands * 100_000),
      termMonths: fc.constantFrom(36, 60),
      annualRateBasisPoints: fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 899, max: 2_799 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_500 }) },
      ),
    }),
    { nil: undefined },
  ),
});
type Drawn = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** Plays commands against one application. @returns the reviews that were recorded, and what speaks against them. */
async function play(ssn: string, commands: readonly Drawn[]) {
  const embedded = embeddedPorts();
  const { ports } = embedded;
  try {
    const submission = submissionOf({ applicant: identityOf({ ssn }) });
    const walked = await walkToPolicy(embedded, { submittedBy: 'web.front-end', submission } as never);
    if (!walked.policy) return undefined;
    const open = () => walked.walk.openReview(walked.policy!.evidence, 'FULL');
    await open();
    const supported = (await readCase(ports, await ports.ledger.read(ID)))!.supported.map(({ code }) => code);
    for (const { by, role, action, reason, terms } of commands) {
      if (action === 'DECLARE_CONFLICT') {
        await workCase(ports)({ applicationId: ID, act: action, by, note: 'A neighbour of mine.' });
        continue;
      }
      const { pk, sk } = keys.task(ID);
      const task = (await ports.workStore.get(pk, sk))?.data['eventId'];
      const drafted = (await ports.ledger.read(ID)).findLast(({ type }) => type === 'REVIEW_DRAFTED');
      const own = reason === 'OWN' && { ownReason: 'The stated employer closed in October' };
      const reasons = reason === 'OWN' ? [] : reason === 'SUPPORTED' ? supported.slice(0, 2) : [reason];
      const draft = drafted && evidenceNamedBy(drafted)[0]?.address;
      const answers = action === 'CONFIRM' || action === 'REJECT';
      const sent = { applicationId: ID, task: task ?? 'none', by, role, action, note: 'Drawn by a property.' };
      const more = answers ? { draft } : { reasons, ...own, ...(action === 'APPROVE' && terms && { terms }) };
      const answer = CONTRACTS.CompleteTask.output.parse(await completeTask(ports)({ ...sent, ...more }));
      if (answer.result === 'COMPLETED' && action !== 'REJECT') break;
      if (answer.result !== 'COMPLETED') continue;
      walked.walk.nextRound();
      await open();
    }
    const entries = await ports.ledger.read(ID);
    const made = entries.filter(({ type }) => type === 'REVIEW_DRAFTED' || type === 'REVIEW_COMPLETED');
    const reviews = await Promise.all(
      made.map((entry) => readEvidence(ports.evidence, ID, 'review', evidenceNamedBy(entry)[0]!.address)),
    );
    return {
      reviews,
      supported,
      acts: actsOn(entries),
      late: made.filter(({ actor, sequence }) =>
        entries.some(
          (entry) => entry.type === 'CONFLICT_DECLARED' && entry.actor === actor && entry.sequence < sequence,
        ),
      ),
      faults: await entryFaults(ports as unknown as Records, entries),
    };
  } finally {
    embedded.close();
  }
}

describe('In any history of reviews', () => {
  test('no person acts twice or after declaring a conflict, no rate is outside its corridor, and the record supports each reason', async () => {
    let recorded = 0;
    const history = fc.tuple(fc.constantFrom(...FILES), fc.array(command, { minLength: 4, maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(history, async ([ssn, commands]) => {
        const played = await play(ssn, commands);
        if (!played) return;
        const { reviews, supported, acts, late, faults } = played;
        recorded += reviews.length;
        expect(faults).toEqual([]);
        expect(late).toEqual([]);
        expect(new Set(acts.map(({ by }) => by)).size).toBe(acts.length);
        for (const { reasons, offer, authority, confirmation, ownReason, action } of reviews) {
          if (action === 'REJECT') continue;
          expect(reasons.filter((code) => !supported.includes(code as ReasonCode))).toEqual([]);
          if (ownReason !== undefined) expect(authority!.second).toContain('own-words');
          if (!offer) continue;
          expect(offer.annualRateBasisPoints).toBeGreaterThanOrEqual(899);
          expect(offer.annualRateBasisPoints).toBeLessThanOrEqual(2_799);
          expect(authority!.rateDistance ?? 0).toBeLessThanOrEqual(300);
          if (confirmation) expect(authority!.rateDistance ?? 0).toBeLessThanOrEqual(confirmation.limits.corridor);
        }
      }),
      { numRuns: scaled(2_000, 30) },
    );
    expect(recorded).toBeGreaterThan(10);
  }, 1_200_000);
});
