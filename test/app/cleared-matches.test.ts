import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { completeTask } from '../../app/review/complete-task.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { OpenTask } from '../../domain/projections/task.ts';
import { SAMPLE_LIST } from '../../domain/screening/list.ts';
import { searchable } from '../../domain/screening/search.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { walkToPolicy } from '../support/walk.ts';

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

/** Screens an application, in which the person's name is one of the list. @returns what is sealed. */
async function screened(applicationId: string, applicant: object = {}) {
  embedded.ports.clock.advance(1);
  const listed = { firstName: 'Zoltan', lastName: 'Karbunkel', ...applicant };
  const submission = submissionOf({ applicationId, applicant: identityOf(listed) });
  const walked = await walkToPolicy(embedded, submission);
  const { evidence } = embedded.ports;
  const screening = await readEvidence(evidence, applicationId, 'screening', walked.screening!.evidence);
  return { ...walked, screening };
}

async function clear(applicationId: string, { walk, pre }: Awaited<ReturnType<typeof screened>>, rule: string) {
  await walk.openReview(pre!.evidence, 'PRE_BUREAU');
  const { pk, sk } = keys.task(applicationId);
  const task = (await embedded.ports.workStore.get(pk, sk))?.data as OpenTask | undefined;
  const command = { applicationId, task: task?.eventId, by: 'r.vega', note: 'Another person: the passport says so.' };
  const done = await completeTask(embedded.ports)({ ...command, action: 'CLEAR', clears: [rule] });
  expect(done).toMatchObject({ result: 'COMPLETED' });
}

describe('A match that a reviewer cleared', () => {
  test('stays cleared in the next application of the person, and names the review', async () => {
    const first = await screened('application-0001');
    expect(first.screening.status).toBe('HOLD');
    await clear('application-0001', first, 'POSSIBLE_LIST_MATCH');
    const { screening } = await screened('application-0002');
    expect(screening).toMatchObject({ status: 'CLEAR', possibleMatches: [{ entryId: 'S-001' }] });
    const entries = await embedded.ports.ledger.read('application-0001');
    expect(screening.possibleMatches[0]?.clearedBy).toBe(entries.find(({ type }) => type === 'REVIEW_COMPLETED')?.id);
  });

  test('is asked again for another name and for another person', async () => {
    await clear('application-0001', await screened('application-0001'), 'POSSIBLE_LIST_MATCH');
    const again = [
      { firstName: 'Zoltan A.' },
      { lastName: 'Quillfeather', firstName: 'Thaddeus' },
      { ssn: '900010099' },
    ];
    for (const [at, applicant] of again.entries())
      expect((await screened(`application-001${at}`, applicant)).screening.status).toBe('HOLD');
  });

  test('is asked again for another version of the list', async () => {
    await clear('application-0001', await screened('application-0001'), 'POSSIBLE_LIST_MATCH');
    const newer = searchable({ ...SAMPLE_LIST, version: '2026-12-01' });
    Object.assign(embedded.ports, { screeningList: async () => newer });
    expect((await screened('application-0002')).screening.status).toBe('HOLD');
  });

  test('is asked again while no reviewer cleared it', async () => {
    await screened('application-0001');
    expect((await screened('application-0002')).screening.status).toBe('HOLD');
  });
});
