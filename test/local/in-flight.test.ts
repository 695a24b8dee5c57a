import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { COMPILED_POLICIES } from '../../app/governance/policies.ts';
import type { Operations } from '../../client/index.ts';
import type { Role } from '../../domain/access/access.ts';
import { identityOf, submissionNow } from '../support/submissions.ts';
import { openUnderwritingApi, type UnderwritingApi } from '../support/underwriting-api.ts';

const AT_ONCE = 8;
const NOTE = 'Sent several times at once.';
const APPROVED = '900-01-0005';
const ALERTED = '900-70-0001';
let api: UnderwritingApi;
beforeAll(async () => {
  api = await openUnderwritingApi();
});
afterAll(() => api.close());

type Call<Id extends keyof Operations> = [Id, Omit<Operations[Id], 'answer'>];

/** Sends one request several times at once under one request id. @returns status and body of each, without `repeated`. */
async function copies<Id extends keyof Operations>(role: Role, ...[operation, input]: Call<Id>) {
  const client = api.client(role);
  const requestId = crypto.randomUUID();
  return Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      client.call(operation, input, { requestId }).then(
        (answer) => ({ ...(answer as object), repeated: undefined }),
        ({ message, status }: { message: string; status?: number }) => ({ message, status }),
      ),
    ),
  );
}

async function submitted(applicationId: string, ssn = APPROVED) {
  const submission = submissionNow({ applicationId, applicant: identityOf({ ssn }) }) as never;
  const status = await api.client('front-end').submitAndWait(submission);
  await api.underwriting.engine.drain();
  return status;
}
const taskOf = async (applicationId: string) => {
  const { tasks } = await api.client('reviewer').call('listTasks', { params: { queue: 'review' } });
  return tasks.find((task) => task.applicationId === applicationId)?.task ?? '';
};

describe('Copies of one request that are in flight together get one answer:', () => {
  const same = (answers: readonly object[]) => {
    expect(answers).toEqual(Array(AT_ONCE).fill(answers[0]));
    expect(answers[0]).not.toHaveProperty('message');
  };

  test('a submission', async () => {
    const submission = submissionNow({ applicationId: 'flight-000001', applicant: identityOf({ ssn: APPROVED }) });
    same(
      (await copies('front-end', 'submitApplication', { body: submission as never })).map(({ ...answer }) => ({
        ...answer,
        status: 0,
        decision: 0,
      })),
    );
  });

  test('a review', async () => {
    await submitted('flight-000002', ALERTED);
    const body = { task: await taskOf('flight-000002'), action: 'DECLINE', reasons: ['AX01'], note: NOTE } as const;
    same(await copies('reviewer', 'completeTask', { params: { applicationId: 'flight-000002' }, body: body as never }));
  });

  test('an acceptance', async () => {
    const { decision } = await submitted('flight-000003');
    const params = { applicationId: 'flight-000003', offerId: decision?.offers[0]?.offerId ?? '' };
    same(await copies('front-end', 'acceptOffer', { params }));
  });

  test('a reopening', async () => {
    await submitted('flight-000004');
    const { decision } = await api
      .client('front-end')
      .call('getOffers', { params: { applicationId: 'flight-000004' } });
    const params = { applicationId: 'flight-000004', decision: decision ?? '' };
    same(await copies('front-end', 'reopenDecision', { params, body: { why: 'REVIEW_REQUESTED' } }));
  });

  test('a switch', async () => {
    const params = { kind: 'product', id: 'credit-line' } as const;
    same(await copies('officer', 'setSwitch', { params, body: { on: true, note: NOTE } }));
    same(await copies('officer', 'setSwitch', { params, body: { on: false, note: NOTE } }));
  });

  test('a legal hold', async () => {
    await submitted('flight-000005');
    const params = { applicationId: 'flight-000005', matter: '2026-CV-7' };
    same(await copies('administrator', 'setLegalHold', { params, body: { on: true, note: NOTE } }));
    same(await copies('administrator', 'setLegalHold', { params, body: { on: false, note: NOTE } }));
  });

  test('a request to forget', async () => {
    await submitted('flight-000006');
    const params = { applicationId: 'flight-000006' };
    same(await copies('reviewer', 'requestForgetting', { params, body: { note: 'Asked by letter.' } }));
  });

  test('a proposal of a policy, and its approval and withdrawal', async () => {
    const digest = COMPILED_POLICIES['credit-line'].at(-1)!.digest;
    const params = { digest };
    const body = { effective: '2099-01-01', note: NOTE };
    same(await copies('officer', 'proposePolicy', { params, body }));
    same(await copies('officer', 'withdrawPolicy', { params, body: { from: '2099-01-01', note: NOTE } }));
  });
});

test('Of two reviewers who decide at once, the second reads that the first has decided', async () => {
  await submitted('flight-000007', ALERTED);
  const params = { applicationId: 'flight-000007' };
  const body = { task: await taskOf('flight-000007'), action: 'DECLINE', reasons: ['AX01'], note: NOTE } as never;
  const reviewers = Array.from({ length: AT_ONCE }, (_, number) => `r.vega${number}`);
  const answers = await Promise.all(
    reviewers.map((by) =>
      api
        .client('reviewer', by)
        .call('completeTask', { params, body })
        .then(
          () => by,
          ({ message }: Error) => message,
        ),
    ),
  );
  const [first = ''] = answers.filter((answer) => reviewers.includes(answer));
  expect(answers.filter((answer) => answer === first)).toHaveLength(1);
  const others = answers.filter((answer) => answer !== first);
  expect(others).toEqual(Array(AT_ONCE - 1).fill(`${first} has decided on it: look at its trace.`));
});
