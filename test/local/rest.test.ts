import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { POLICIES_LEDGER } from '../../app/governance/govern-policy.ts';
import { newestPolicy } from '../../app/governance/policies.ts';
import type {
  ApiProblem,
  ListApplicationsAnswer,
  Operations,
  PrequalifyRequest,
  SubmitApplicationRequest,
} from '../../client/index.ts';
import type { Condition } from '../../domain/decision/condition-evidence.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { LENDER, lenderDate } from '../support/lender.ts';
import { filesOf, variant } from '../support/model-packages.ts';
import { identityOf, submissionNow } from '../support/submissions.ts';
import { openUnderwritingApi, type UnderwritingApi } from '../support/underwriting-api.ts';
import { verifiedOf } from '../support/verified.ts';

let api: UnderwritingApi;
beforeAll(async () => {
  api = await openUnderwritingApi();
});
afterAll(() => api.close());

const APPROVED = '900-01-0005';
const ALERTED = '900-70-0001';
const sample = (applicationId: string, ssn = APPROVED) =>
  submissionNow({ applicationId, applicant: identityOf({ ssn }) }) as SubmitApplicationRequest;
const readsOf = async (applicationId: string) =>
  (await api.underwriting.embedded.ledger.read(applicationId))
    .filter(({ type }) => type === 'PERSONAL_DATA_READ')
    .map((entry) => ({ by: entry.actor, ...readBody(entry, 'PERSONAL_DATA_READ') }));
const refusal = (call: Promise<unknown>): Promise<ApiProblem> =>
  call.then(
    (answer) => {
      throw new Error(`It was answered: ${JSON.stringify(answer)}`);
    },
    (error: unknown) => error as ApiProblem,
  );

describe('A front end', () => {
  test('submits an application and is told at once where its status will be', async () => {
    const token = await api.token('front-end');
    const response = await fetch(`${api.url}/applications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(sample('rest-submit-0001')),
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/v1/applications/rest-submit-0001');
    expect(await response.json()).toMatchObject({ applicationId: 'rest-submit-0001', product: 'personal-loan' });
    await api.underwriting.engine.drain();
    const status = await api
      .client('front-end')
      .call('getApplication', { params: { applicationId: 'rest-submit-0001' } });
    expect(status).toMatchObject({ status: 'DECIDED', decision: { outcome: 'APPROVE' } });
  });

  test('has an instant decision where it waits for one', async () => {
    const status = await api.client('front-end').submitAndWait(sample('rest-instant-001'));
    expect(status).toMatchObject({ status: 'DECIDED', decision: { outcome: 'APPROVE' } });
  });

  test('has the first receipt again where it repeats a submission, with the key in the header or without', async () => {
    const client = api.client('front-end');
    const first = await client.submitAndWait(sample('rest-repeat-0001'));
    for (const headers of [
      {} as Record<string, string>,
      { 'idempotency-key': 'rest-repeat-0001' },
      { 'idempotency-key': '"rest-repeat-0001"' },
    ]) {
      const again = await client.call('submitApplication', { body: sample('rest-repeat-0001') }, { headers });
      expect(again).toEqual(first);
    }
    const received = (await api.underwriting.embedded.ledger.read('rest-repeat-0001')).filter(
      ({ type }) => type === 'APPLICATION_RECEIVED',
    );
    expect(received.map(({ actor }) => actor)).toEqual(['web-shop']);
  });

  test('is refused another Idempotency-Key than the application id, and other content under the same id', async () => {
    const client = api.client('front-end');
    await client.submitAndWait(sample('rest-conflict-01'));
    const headers = { 'idempotency-key': 'another-key' };
    const mismatch = await refusal(client.call('submitApplication', { body: sample('rest-conflict-01') }, { headers }));
    expect([mismatch.status, mismatch.problem.errors?.[0]?.path]).toEqual([422, 'applicationId']);
    const other = {
      ...sample('rest-conflict-01'),
      income: { annualGrossCents: 1_000_000 },
    } as SubmitApplicationRequest;
    const conflict = await refusal(client.call('submitApplication', { body: other }));
    expect([conflict.status, conflict.kind]).toEqual([409, 'conflict']);
  });

  test('has a rate quoted before it submits, and a rejected request names every field', async () => {
    const client = api.client('front-end');
    const { applicationId, consents, ...content } = sample('rest-quote-00001');
    const soft = consents.map((consent) => ({ ...consent, kind: 'SOFT_PULL' as const }));
    const body = { ...content, prequalificationId: `prequal-${applicationId}`, consents: soft } as PrequalifyRequest;
    const quoted = await client.call('prequalify', { body });
    expect(quoted).toMatchObject({ outcome: 'QUOTED', repeated: false, offers: [{ kind: 'LOAN' }] });
    expect(await client.call('prequalify', { body })).toEqual({ ...quoted, repeated: true });
    const fault = await refusal(client.call('prequalify', { body: { ...body, consents: [] } }));
    expect([fault.status, fault.problem.errors?.map(({ path }) => path)]).toEqual([422, ['consents']]);
    const status = client.call('getApplication', { params: { applicationId: body.prequalificationId } });
    expect((await refusal(status)).status).toBe(404);
  });

  test('reads the texts that it shows, by kind and instant', async () => {
    const client = api.client('front-end');
    const { texts } = await client.call('listConsentTexts', { query: {} });
    expect(texts.map(({ kind }) => kind)).toEqual(['BUREAU_PULL', 'ESIGN', 'SOFT_PULL', 'AUTOMATED_DECISION']);
    const query = { kind: 'AUTOMATED_DECISION', at: '2026-11-20T00:00:00Z' } as const;
    const shown = await client.call('listConsentTexts', { query });
    expect(shown.texts).toEqual([{ kind: query.kind, ...LENDER.consentTexts.AUTOMATED_DECISION[0], until: null }]);
    const fault = await refusal(client.call('listConsentTexts', { query: { at: 'today' } }));
    expect(fault.problem.errors).toEqual([{ path: 'at', message: expect.stringMatching(/^must be an instant/) }]);
  });

  test('is told every field at fault at once, and nothing is stored', async () => {
    const body = { ...sample('rest-faults-0001'), income: { annualGrossCents: -1 }, colour: 'blue', consents: [] };
    const { status, problem } = await refusal(api.client('front-end').call('submitApplication', { body }));
    expect(status).toBe(422);
    expect(problem.errors?.map(({ path }) => path)).toEqual(['colour', 'consents', 'income.annualGrossCents']);
    expect(await api.underwriting.embedded.ledger.read('rest-faults-0001')).toEqual([]);
  });

  test('accepts an offer once, and another is a conflict', async () => {
    const client = api.client('front-end');
    const applicationId = 'rest-accept-0001';
    await client.submitAndWait(sample(applicationId));
    const { state, offers } = await client.call('getOffers', { params: { applicationId } });
    expect(state).toBe('OPEN');
    for (const offer of offers) {
      if (offer.kind !== 'LOAN') throw new TypeError('The sample requests a loan.');
      expect(offer.netProceedsCents).toBe(offer.amountCents - offer.originationFeeCents);
      expect(offer.paidTo).toEqual([{ payee: 'APPLICANT', amountCents: offer.netProceedsCents }]);
    }
    const [offerId, other] = offers.map((each) => each.offerId);
    const accepted = await client.call('acceptOffer', { params: { applicationId, offerId: offerId! } });
    expect(accepted).toMatchObject({ offerId, repeated: false });
    expect(await client.call('acceptOffer', { params: { applicationId, offerId: offerId! } })).toEqual({
      ...accepted,
      repeated: true,
    });
    expect(await client.call('getOffers', { params: { applicationId } })).toMatchObject({
      state: 'ACCEPTED',
      acceptedOfferId: offerId,
    });
    const unknown = await refusal(
      client.call('acceptOffer', { params: { applicationId, offerId: other ?? '0123456789abcdef' } }),
    );
    expect(unknown.status).toBe(409);
  });

  test('has a decision made again, once, and an accepted one not', async () => {
    const client = api.client('front-end');
    const applicationId = 'rest-reopen-0001';
    await client.submitAndWait(sample(applicationId, '900010007'));
    await api.underwriting.engine.drain();
    const { decision } = await client.call('getOffers', { params: { applicationId } });
    const params = { applicationId, decision: decision! };
    const expired = await refusal(client.call('reopenDecision', { params, body: { why: 'OFFER_EXPIRED' } }));
    expect([expired.status, expired.problem.detail]).toEqual([409, expect.stringContaining('can be accepted until')]);
    const body = { why: 'REVIEW_REQUESTED' } as const;
    for (const repeated of [false, true]) {
      expect(await client.call('reopenDecision', { params, body })).toMatchObject({ number: 1, decision, repeated });
    }
    await api.underwriting.engine.drain();
    expect(await client.call('getApplication', { params: { applicationId } })).toMatchObject({ status: 'IN_REVIEW' });
    expect(await client.call('getOffers', { params: { applicationId } })).toMatchObject({ decision: null, offers: [] });

    const accepted = 'rest-reopen-0002';
    await client.submitAndWait(sample(accepted, '900010008'));
    await api.underwriting.engine.drain();
    const second = await client.call('getOffers', { params: { applicationId: accepted } });
    await client.call('acceptOffer', { params: { applicationId: accepted, offerId: second.offers[0]!.offerId } });
    const stays = { applicationId: accepted, decision: second.decision! };
    expect((await refusal(client.call('reopenDecision', { params: stays, body }))).status).toBe(409);
    const nowhere = { applicationId: accepted, decision: 'f'.repeat(64) };
    expect((await refusal(client.call('reopenDecision', { params: nowhere, body }))).status).toBe(404);
  });

  test('completes, corrects and withdraws its own application, and a reviewer clears what is accepted', async () => {
    const client = api.client('front-end');
    const applicationId = 'rest-answers-001';
    const params = { applicationId };
    const { income: _, ...incomplete } = sample(applicationId, '900010009');
    await client.submitAndWait(incomplete);
    await api.underwriting.engine.drain();
    expect(await client.call('getApplication', { params })).toMatchObject({ status: 'PENDING_APPLICANT' });
    const negative = { income: { annualGrossCents: -1 } };
    const fault = await refusal(client.call('completeApplication', { params, body: negative }));
    expect([fault.status, fault.problem.errors?.[0]?.path]).toEqual([422, 'income.annualGrossCents']);

    const foreign = api.client('front-end', 'other-shop');
    const missing = { income: { annualGrossCents: 9_500_000 } };
    for (const call of [
      foreign.call('completeApplication', { params, body: missing }),
      foreign.call('correctApplication', { params, body: missing }),
      foreign.call('withdrawApplication', { params }),
    ]) {
      expect((await refusal(call)).status).toBe(404);
    }
    for (const repeated of [false, true]) {
      const completed = await client.call('completeApplication', { params, body: missing });
      expect(completed).toMatchObject({ applicationId, number: 1, repeated });
    }
    await api.underwriting.engine.drain();
    const right = { income: { annualGrossCents: 9_600_000 } };
    expect(await client.call('correctApplication', { params, body: right })).toMatchObject({ number: 2 });
    await api.underwriting.engine.drain();

    const { offers, conditions } = await client.call('getOffers', { params });
    await client.call('acceptOffer', { params: { applicationId, offerId: offers[0]!.offerId } });
    expect((await refusal(client.call('withdrawApplication', { params }))).status).toBe(409);
    for (const condition of conditions as Condition[]) {
      const body = verifiedOf(right, condition);
      const clearing = { params: { applicationId, condition }, body } as never;
      expect((await refusal(client.call('clearCondition', clearing))).status).toBe(403);
      const cleared = await api.client('reviewer').call('clearCondition', clearing);
      expect(cleared).toMatchObject({ condition, result: 'CLEARED', booked: condition === conditions.at(-1) });
    }
    expect(await client.call('getOffers', { params })).toMatchObject({ state: 'BOOKED', conditionsOpen: [] });

    const withdrawn = { applicationId: 'rest-answers-002' };
    await client.submitAndWait(sample(withdrawn.applicationId, '900010010'));
    for (const repeated of [false, true]) {
      expect(await client.call('withdrawApplication', { params: withdrawn })).toMatchObject({ ...withdrawn, repeated });
    }
    expect(await client.call('getApplication', { params: withdrawn })).toMatchObject({ status: 'DECIDED' });
    expect(await client.call('getOffers', { params: withdrawn })).toMatchObject({ state: 'WITHDRAWN' });
  });

  test('reads the notice, which is recorded before it is shown, once a request', async () => {
    const client = api.client('front-end');
    const applicationId = 'rest-notice-0001';
    await client.submitAndWait(sample(applicationId));
    await api.underwriting.engine.drain();
    const requestId = 'a-request-that-is-sent-twice';
    const { notices } = await client.call('getNotices', { params: { applicationId } });
    const address = notices[0]!.address;
    for (let sent = 0; sent < 2; sent += 1) {
      const { notice } = await client.call('getNotice', { params: { applicationId, notice: address } }, { requestId });
      expect(notice).toMatchObject({ kind: 'APPROVAL' });
      expect(JSON.stringify(notice)).toContain('Zoë');
    }
    expect(await readsOf(applicationId)).toEqual([
      { by: 'web-shop', role: 'front-end', purpose: null, kinds: ['notice'] },
    ]);
    const params = { applicationId, notice: address };
    const { file } = await client.call('getNotice', { params, query: { format: 'html' } });
    expect(Buffer.from(file!.content, 'base64').toString()).toContain('<html lang="en">');
    expect(await readsOf(applicationId)).toHaveLength(2);
    const unknown = { applicationId, notice: 'f'.repeat(64) };
    expect((await refusal(client.call('getNotice', { params: unknown }))).status).toBe(404);
  });

  test('finds no application that another front end submitted, and none of its parts', async () => {
    const applicationId = 'rest-foreign-001';
    await api.client('front-end').submitAndWait(sample(applicationId));
    const foreign = api.client('front-end', 'other-shop');
    const params = { applicationId };
    const refusals = [
      await refusal(foreign.call('getApplication', { params })),
      await refusal(foreign.call('getOffers', { params })),
      await refusal(foreign.call('getNotices', { params })),
      await refusal(foreign.call('getNotice', { params: { ...params, notice: 'f'.repeat(64) } })),
      await refusal(foreign.call('acceptOffer', { params: { ...params, offerId: '0123456789abcdef' } })),
    ];
    const unknown = await refusal(foreign.call('getApplication', { params: { applicationId: 'rest-never-0001' } }));
    for (const { status, problem } of refusals) {
      expect(status).toBe(404);
      expect(problem.detail).toBe(unknown.problem.detail);
    }
    const taken = await refusal(foreign.call('submitApplication', { body: sample(applicationId) }));
    expect([taken.status, taken.kind]).toEqual([409, 'conflict']);
    expect(await readsOf(applicationId)).toEqual([]);
  });

  test('is told of each change of a status as it comes', async () => {
    const applicationId = 'rest-changes-001';
    const client = api.client('front-end');
    await client.submitAndWait(sample(applicationId, ALERTED));
    const ending = new AbortController();
    const seen: string[] = [];
    for await (const { status } of client.changes(applicationId, ending.signal)) {
      seen.push(status);
      if (status === 'IN_REVIEW') void decide(applicationId, 'DECLINE', { reasons: ['AX01'] });
      if (status === 'DECIDED') ending.abort();
    }
    expect([seen[0], seen.at(-1)]).toEqual(['IN_REVIEW', 'DECIDED']);
  });

  test('is answered 304 while the status is the same', async () => {
    const authorization = `Bearer ${await api.token('front-end')}`;
    await api.client('front-end').submitAndWait(sample('rest-etag-000001'));
    const url = `${api.url}/applications/rest-etag-000001`;
    const first = await fetch(url, { headers: { authorization } });
    const headers = { authorization, 'if-none-match': first.headers.get('etag') ?? '' };
    const second = await fetch(url, { headers });
    expect([second.status, await second.text()]).toEqual([304, '']);
  });
});

async function decide(applicationId: string, action: 'APPROVE' | 'DECLINE' | 'CLEAR', more: object = {}) {
  const client = api.client('reviewer');
  const { task } = await client.call('getReview', { params: { applicationId } });
  const note = 'Called the applicant, who confirmed the application.';
  return client.call('completeTask', { params: { applicationId }, body: { task, action, note, ...more } });
}

describe('A reviewer', () => {
  const applicationId = 'rest-review-0001';
  beforeAll(async () => {
    await api.client('front-end').submitAndWait(sample(applicationId, ALERTED));
  });

  test('finds it in the queue, reads what it rests on, and that is recorded', async () => {
    const client = api.client('reviewer');
    const { tasks } = await client.call('listTasks', { params: { queue: 'review' } });
    const waiting = tasks.find((each) => each.applicationId === applicationId);
    expect(waiting).toMatchObject({ queue: 'REVIEW', product: 'personal-loan' });
    expect(waiting?.waitsFor).not.toEqual([]);
    const review = await client.call('getReview', { params: { applicationId } });
    expect(review).toMatchObject({
      task: waiting?.task,
      actions: ['APPROVE', 'DECLINE', 'CLEAR', 'REPULL', 'TAKE_POSTED'],
    });
    expect(JSON.stringify(review)).not.toMatch(/Zoë|Quill|Example Way/);
    expect(await readsOf(applicationId)).toEqual([
      {
        by: 'r.vega',
        role: 'reviewer',
        purpose: null,
        kinds: expect.arrayContaining(['application', 'bureau-report', 'policy', 'score']),
      },
    ]);
  });

  test('alone sees the identity that the hold needs, for a stated purpose', async () => {
    const params = { applicationId };
    const headers = { 'access-purpose': 'Call about the fraud alert' };
    const without = await refusal(api.client('reviewer').call('getHoldIdentity', { params }));
    expect([without.status, without.problem.detail]).toEqual([400, 'State the purpose in the header Access-Purpose.']);
    for (const role of ['auditor', 'officer', 'administrator', 'front-end'] as const) {
      const refused = await refusal(api.client(role).call('getHoldIdentity', { params }, { headers }));
      expect([role, refused.status, refused.kind]).toEqual([role, 403, 'forbidden']);
    }
    const unclaimed = await refusal(api.client('reviewer').call('getHoldIdentity', { params }, { headers }));
    expect([unclaimed.status, unclaimed.kind]).toEqual([409, 'conflict']);
    await api.client('reviewer').call('workCase', { params, body: { act: 'CLAIM' } });
    const before = await readsOf(applicationId);
    const shown = await api.client('reviewer').call('getHoldIdentity', { params }, { headers });
    expect(shown).toMatchObject({
      holds: ['FRAUD_ALERT'],
      name: { lastName: identityOf().lastName },
      contacts: [{ contact: 1, alert: 'FRAUD_INITIAL', method: 'TELEPHONE', reach: '2175550101' }],
    });
    const added = { by: 'r.vega', role: 'reviewer', purpose: headers['access-purpose'], kinds: ['hold-identity'] };
    expect(await readsOf(applicationId)).toEqual([...before, added]);
    const other = 'rest-unheld-0001';
    await api.client('front-end').submitAndWait(sample(other));
    const params2 = { applicationId: other };
    const refused = await refusal(api.client('reviewer').call('getHoldIdentity', { params: params2 }, { headers }));
    expect([refused.status, refused.kind]).toEqual([409, 'conflict']);
    expect(await readsOf(other)).toEqual([]);
  });

  test('finds the applications of a person for a stated purpose, and a front end finds none', async () => {
    const { firstName, lastName, dateOfBirth, ssn } = sample(applicationId, ALERTED).applicant;
    const body = { firstName, lastName: lastName.toUpperCase(), dateOfBirth, ssn };
    const headers = { 'access-purpose': 'The applicant calls about the letter' };
    const without = await refusal(api.client('reviewer').call('searchApplicant', { body }));
    expect([without.status, without.problem.detail]).toEqual([400, 'State the purpose in the header Access-Purpose.']);
    for (const role of ['officer', 'administrator', 'front-end'] as const) {
      const refused = await refusal(api.client(role).call('searchApplicant', { body }, { headers }));
      expect([role, refused.status, refused.kind]).toEqual([role, 403, 'forbidden']);
    }
    const before = await readsOf(applicationId);
    const { applications } = await api.client('reviewer').call('searchApplicant', { body }, { headers });
    const found = { applicationId, product: 'personal-loan', status: 'IN_REVIEW', outcome: null };
    expect(applications).toContainEqual(expect.objectContaining(found));
    expect(JSON.stringify(applications)).not.toMatch(/Zoë|Quill|900/i);
    const added = { by: 'r.vega', role: 'reviewer', purpose: headers['access-purpose'], kinds: ['applicant-search'] };
    expect(await readsOf(applicationId)).toEqual([...before, added]);
    const other = { ...body, dateOfBirth: '1971-02-03' };
    expect(await api.client('auditor').call('searchApplicant', { body: other }, { headers })).toEqual({
      applications: [],
    });
    const broken = await refusal(
      api.client('auditor').call('searchApplicant', { body: { ...body, ssn: '12-3' } }, { headers }),
    );
    expect([broken.status, broken.problem.errors?.[0]?.path]).toEqual([422, 'ssn']);
  });

  test('decides as whom the token names, and nobody else', async () => {
    const client = api.client('reviewer');
    const { task } = await client.call('getReview', { params: { applicationId } });
    const body = { task, action: 'DECLINE', note: 'The alert could not be cleared.', reasons: ['AX01'] } as const;
    const params = { applicationId };
    const posing = { ...body, by: 'o.lind' } as unknown as typeof body;
    const refused = await refusal(client.call('completeTask', { params, body: posing as never }));
    expect([refused.status, refused.problem.errors?.[0]?.path]).toEqual([422, 'by']);
    const answer = await client.call('completeTask', { params, body: body as never });
    expect(await client.call('completeTask', { params, body: body as never })).toEqual(answer);
    const entries = await api.underwriting.embedded.ledger.read(applicationId);
    expect(entries.find(({ type }) => type === 'REVIEW_COMPLETED')?.actor).toBe('r.vega');
    const late = await refusal(client.call('getReview', { params }));
    expect(late.status).toBe(409);
    const headers = { 'access-purpose': 'Call about the fraud alert' };
    const ended = await refusal(client.call('getHoldIdentity', { params }, { headers }));
    expect(ended.status).toBe(409);
  });

  test('may release what needs attention, as an administrator may, who decides nothing', async () => {
    const id = 'rest-release-001';
    await api.client('front-end').submitAndWait(sample(id, ALERTED));
    const { tasks } = await api.client('administrator').call('listTasks', { params: { queue: 'review' } });
    const { task } = tasks.find((each) => each.applicationId === id)!;
    const body = { task, action: 'APPROVE', note: 'It looks fine to me, so go on.' } as never;
    const refused = await refusal(
      api.client('administrator').call('completeTask', { params: { applicationId: id }, body }),
    );
    expect([refused.status, refused.kind]).toEqual([403, 'forbidden']);
  });
});

describe('An auditor', () => {
  const applicationId = 'rest-audit-00001';
  const params = { applicationId };
  beforeAll(async () => {
    await api.client('front-end').submitAndWait(sample(applicationId));
    await api.underwriting.engine.drain();
  });

  test('sees each step and the chain, without personal data and unrecorded', async () => {
    const client = api.client('auditor');
    const { source, execution, people } = await client.call('getTimeline', { params });
    expect([source, execution.status]).toEqual(['engine', 'SUCCEEDED']);
    expect(execution.steps.map(({ state }) => state)).toContain('ScoreApplication');
    expect(people).toEqual([expect.objectContaining({ by: 'web-shop', type: 'APPLICATION_RECEIVED' })]);
    const { entries } = await client.call('listEntries', { params });
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index));
    expect(await readsOf(applicationId)).toEqual([]);
  });

  test('opens evidence for a purpose, and who applied only where that is asked for', async () => {
    const client = api.client('auditor');
    const without = await refusal(client.call('getEvidence', { params }));
    expect([without.status, without.problem.detail]).toEqual([400, 'Say what for, in the header Access-Purpose.']);
    const headers = { 'access-purpose': 'Examination 2026-14' };
    const opened = await client.call('getEvidence', { params }, { headers });
    expect(opened.identity).toBeNull();
    expect(opened.evidence.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['application', 'bureau-report', 'score', 'policy', 'decision']),
    );
    expect(JSON.stringify(opened)).not.toMatch(/Zoë|Quill|Example Way/);
    const whole = await client.call(
      'getEvidence',
      { params, query: { identity: 'true', kind: 'notice' } },
      { headers },
    );
    expect(whole.identity).toMatchObject({ firstName: 'Zoë' });
    expect(new Set(whole.evidence.map(({ kind }) => kind))).toEqual(new Set(['notice']));
    expect((await readsOf(applicationId)).map(({ purpose, kinds }) => [purpose, kinds.includes('identity')])).toEqual([
      ['Examination 2026-14', false],
      ['Examination 2026-14', true],
    ]);
  });

  test('takes the decision file out for a purpose, which is recorded before', async () => {
    const client = api.client('auditor');
    const without = await refusal(client.call('exportDecision', { params, body: { purpose: 'none' } }));
    expect([without.status, without.problem.errors?.[0]?.path]).toEqual([422, 'purpose']);
    const file = await client.call('exportDecision', { params, body: { purpose: 'Examination 2026-14' } });
    expect(file).toMatchObject({ applicationId, identity: null, evidenceKey: null });
    expect(JSON.stringify(file)).not.toMatch(/Quill|Example Way/);
    const entries = await api.underwriting.embedded.ledger.read(applicationId);
    const exported = entries.filter(({ type }) => type === 'EVIDENCE_EXPORTED');
    expect(exported.map(({ actor, body }) => [actor, body])).toEqual([
      ['a.moss', { role: 'auditor', purpose: 'Examination 2026-14', withIdentity: false }],
    ]);
  });

  test('is refused a purpose that names a person', async () => {
    const headers = { 'access-purpose': 'Complaint of 900-12-3456' };
    const { status } = await refusal(api.client('auditor').call('getEvidence', { params }, { headers }));
    expect(status).toBe(400);
  });

  test('cannot read under a request id that was another read', async () => {
    const headers = { 'access-purpose': 'Examination 2026-15' };
    const call = { headers, requestId: 'one-id-for-two-reads' };
    await api.client('auditor').call('getEvidence', { params, query: { kind: 'score' } }, call);
    const { status } = await refusal(
      api.client('auditor').call('getEvidence', { params, query: { kind: 'policy' } }, call),
    );
    expect(status).toBe(409);
  });

  test('lists applications by a filter, page by page', async () => {
    const { ledger } = api.underwriting.embedded;
    const received = (await ledger.read(applicationId))[0];
    const date = readBody(received!, 'APPLICATION_RECEIVED').receivedOn;
    type Query = NonNullable<Operations['listApplications']['query']>;
    const every = async (filter: Query): Promise<ListApplicationsAnswer['applications']> => {
      const found: ListApplicationsAnswer['applications'] = [];
      let cursor: string | undefined;
      do {
        const query = { ...filter, limit: 2, ...(cursor !== undefined && { cursor }) };
        const page: ListApplicationsAnswer = await api.client('auditor').call('listApplications', { query });
        expect(page.applications.length).toBeLessThanOrEqual(2);
        found.push(...page.applications);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return found;
    };
    const all = await every({ receivedSince: date, receivedUntil: date });
    const ids = all.map((each) => each.applicationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining([applicationId, 'rest-review-0001']));
    expect(all).toEqual(all.toSorted((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1)));
    const declines = await every({ decidedSince: date, outcome: 'DECLINE' });
    const declined = all.filter(({ outcome }) => outcome === 'DECLINE').map((each) => each.applicationId);
    expect(declines.map((each) => each.applicationId).toSorted()).toEqual(declined.toSorted());
    const reason = declines[0]!.decision!.reasons[0] as NonNullable<Query['reason']>;
    const found = await every({ reason });
    expect(found.map((each) => each.applicationId)).toContain(declines[0]!.applicationId);
    for (const { decision } of found) expect(decision!.reasons).toContain(reason);
  });

  test.each<[string, object, string, RegExp]>([
    ['a date that does not exist', { decidedSince: '2026-02-30' }, 'decidedSince', /^must be a date of the calendar/],
    ['a reversed period', { receivedSince: '2026-03-01', receivedUntil: '2026-02-01' }, 'receivedUntil', /exchange/],
    ['an unknown outcome', { outcome: 'DECLINED' }, 'outcome', /^must be one of APPROVE, COUNTEROFFER, DECLINE/],
    ['an unknown reason', { reason: 'AA99' }, 'reason', /^must be the code of a principal reason/],
    ['an unknown product', { product: 'mortgage' }, 'product', /^must be one of personal-loan/],
    ['a limit out of range', { limit: '0' }, 'limit', /^must be 1 to 100$/],
    ['a cursor that no page gave', { cursor: 'WyJhIl0' }, 'cursor', /^is not the next of an earlier page/],
    ['the parameter of an earlier release', { date: '2026-01-05' }, 'date', /^is not a field here: leave it out$/],
  ])('is refused %s', async (_, query, path, message) => {
    const { status, problem } = await refusal(api.client('auditor').call('listApplications', { query }));
    expect(status).toBe(422);
    expect(problem['errors']).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  test('is refused the cursor of other filters', async () => {
    const { next } = await api.client('auditor').call('listApplications', { query: { limit: 1 } });
    const query = { outcome: 'DECLINE', cursor: next! } as const;
    const { problem } = await refusal(api.client('auditor').call('listApplications', { query }));
    expect(problem['errors']).toEqual([{ path: 'cursor', message: expect.stringMatching(/other filters: repeat/) }]);
  });
});

describe('An officer', () => {
  test('stops automatic outcomes and lets them go on, in their own name', async () => {
    const client = api.client('officer');
    const params = { kind: 'product', id: 'credit-line' } as const;
    const note = 'Losses are above the plan: a person looks at each.';
    expect(await client.call('setSwitch', { params, body: { on: true, note } })).toMatchObject({
      on: true,
      by: 'o.lind',
    });
    const { switches } = await client.call('listSwitches', {});
    expect(switches).toEqual([{ ...params, on: true, by: 'o.lind', note, at: expect.any(String) }]);
    await client.call('setSwitch', { params, body: { on: false, note } });
  });

  test('sees evidence without who applied', async () => {
    const headers = { 'access-purpose': 'Policy review of the quarter' };
    const params = { applicationId: 'rest-audit-00001' };
    const refused = await refusal(
      api.client('officer').call('getEvidence', { params, query: { identity: 'true' } }, { headers }),
    );
    expect(refused.status).toBe(403);
    const { evidence } = await api
      .client('officer')
      .call('getEvidence', { params, query: { kind: 'policy' } }, { headers });
    expect(evidence).not.toEqual([]);
  });
});

describe('A model', () => {
  const effective = lenderDate(new Date().toISOString());
  const note = 'Read beside its card.';

  test('comes into force by two officers, and a person in the body is refused', async () => {
    const made = await variant(() => ({ version: '2.3.0' }));
    const { digest } = made;
    const body = { digest, files: filesOf(made), note };
    const author = api.client('officer');
    const other = api.client('officer', 'k.berg');
    const place = { params: { digest }, body: { product: 'auto-loan', effective, note } } as const;
    expect((await refusal(other.call('promoteModel', place))).status).toBe(409);
    const wrong = await refusal(author.call('registerModel', { body: { ...body, digest: 'f'.repeat(64) } }));
    expect([wrong.status, wrong.problem.detail]).toEqual([
      409,
      expect.stringContaining('is not that of manifest.json'),
    ]);
    expect((await refusal(api.client('auditor').call('registerModel', { body }))).status).toBe(403);
    const registered = await author.call('registerModel', { body });
    expect(registered).toMatchObject({ action: 'REGISTER', version: '2.3.0', by: 'o.lind', repeated: false });
    expect(await author.call('registerModel', { body })).toEqual({ ...registered, repeated: true });

    const alone = await refusal(author.call('promoteModel', place));
    expect([alone.status, alone.problem.detail]).toEqual([
      403,
      'o.lind registered the package: another officer must promote it.',
    ]);
    const posing = { ...place, body: { ...place.body, by: 'k.berg' } };
    expect((await refusal(author.call('promoteModel', posing))).status).toBe(422);
    expect(await other.call('promoteModel', place)).toMatchObject({ by: 'k.berg', inForce: [{ digest }] });
    const inUse = await refusal(other.call('retireModel', { params: { digest }, body: { note } }));
    expect([inUse.status, inUse.problem.detail]).toEqual([409, expect.stringContaining('is in force today or later')]);

    const { packages, inForce } = await api.client('administrator').call('listModels', { query: { date: effective } });
    expect(packages).toMatchObject([{ digest, registered: { by: 'o.lind' } }]);
    expect(inForce.find(({ product }) => product === 'auto-loan')).toMatchObject({
      champion: { digest },
      promoted: true,
    });
    const back = { params: { digest }, body: { product: 'auto-loan', note } } as const;
    const last = await refusal(other.call('rollbackModel', back));
    expect([last.status, last.problem.detail]).toEqual([409, expect.stringContaining('promote another package first')]);
    const shadow = { product: 'auto-loan', stage: 'SHADOW', note } as const;
    await other.call('promoteModel', { params: { digest }, body: { ...shadow, effective } });
    expect(await other.call('rollbackModel', { params: { digest }, body: shadow })).toMatchObject({
      action: 'ROLLBACK',
      repeated: false,
    });
  });
});

describe('A policy', () => {
  const { digest, module } = newestPolicy('auto-loan');
  const params = { digest };
  const effective = lenderDate(new Date().toISOString());
  const body = { effective, note: 'Read beside its backtest of 20,000.' };

  test('comes into force by two officers, and whoever a body names is refused', async () => {
    const author = api.client('officer');
    const other = api.client('officer', 'k.berg');
    const early = await refusal(other.call('approvePolicy', { params, body }));
    expect([early.status, early.problem.detail]).toEqual([409, expect.stringContaining('was not proposed')]);
    const proposed = await author.call('proposePolicy', { params, body });
    expect(proposed).toMatchObject({ action: 'PROPOSE', product: 'auto-loan', by: 'o.lind', repeated: false });
    expect(await author.call('proposePolicy', { params, body })).toEqual({ ...proposed, repeated: true });

    const alone = await refusal(author.call('approvePolicy', { params, body }));
    expect([alone.status, alone.problem.detail]).toEqual([403, 'o.lind proposed it: another officer must approve it.']);
    const posing = { ...body, by: 'k.berg' };
    const posed = await refusal(author.call('approvePolicy', { params, body: posing }));
    expect([posed.status, posed.problem.errors?.[0]?.path]).toEqual([422, 'by']);
    // The same person under another spelling is the same person.
    expect((await refusal(api.client('officer', 'O.Lind').call('approvePolicy', { params, body }))).status).toBe(403);

    expect(await other.call('approvePolicy', { params, body })).toMatchObject({ action: 'APPROVE', by: 'k.berg' });
    const entries = await api.underwriting.embedded.ledger.read(POLICIES_LEDGER);
    expect(entries.map(({ actor, body: { action } }) => [actor, action])).toEqual([
      ['o.lind', 'PROPOSE'],
      ['k.berg', 'APPROVE'],
    ]);
  });

  test('is told as it is in force on a date, with who brought it there', async () => {
    const on = async (date: string) => {
      const { policies } = await api.client('auditor').call('listPolicies', { query: { date } });
      return policies.find(({ product }) => product === 'auto-loan');
    };
    const today = await on(effective);
    expect(today).toMatchObject({
      inForce: { digest, version: module.policy.version, approval: 'policy/auto-loan/2' },
      proposals: [{ digest, proposed: { by: 'o.lind' }, approved: { by: 'k.berg' } }],
    });
    expect(today?.compiled).toContainEqual({ digest, version: module.policy.version });
    expect((await on('2020-01-01'))?.inForce).toBeNull();
    const { policies } = await api.client('officer').call('listPolicies', { query: { date: effective } });
    expect(policies.find(({ product }) => product === 'credit-line')).toMatchObject({
      inForce: { digest: newestPolicy('credit-line').digest, approval: null },
      proposals: [],
    });
  });

  test('is withdrawn for days to come, and for none that have passed', async () => {
    const note = 'The band of 37 months was wrong.';
    const client = api.client('officer');
    const past = await refusal(client.call('withdrawPolicy', { params, body: { from: '2020-01-01', note } }));
    expect([past.status, past.problem.errors?.[0]?.path]).toEqual([422, 'from']);
    const withdrawn = await client.call('withdrawPolicy', { params, body: { from: effective, note } });
    const inForce = [{ from: effective, version: null }];
    expect(withdrawn).toMatchObject({ action: 'WITHDRAW', date: effective, by: 'o.lind', inForce });
    const { policies } = await client.call('listPolicies', { query: { date: effective } });
    expect(policies.find(({ product }) => product === 'auto-loan')?.inForce).toBeNull();
  });

  test('that is not in this release cannot be proposed', async () => {
    const unknown = { params: { digest: 'f'.repeat(64) }, body };
    const { status, problem } = await refusal(api.client('officer').call('proposePolicy', unknown));
    expect([status, problem.detail]).toEqual([409, expect.stringContaining('of no compiled policy')]);
  });

  test('is not approved first for a later day, which would leave today without a version', async () => {
    const line = { params: { digest: newestPolicy('credit-line').digest }, body: { ...body, effective: '2090-01-01' } };
    await api.client('officer', 'o.lind').call('proposePolicy', line);
    const { status, problem } = await refusal(api.client('officer', 'k.berg').call('approvePolicy', line));
    expect([status, problem.errors?.[0]?.path]).toEqual([422, 'effective']);
    expect(problem.errors?.[0]?.message).toContain('propose and approve 1.1.0 from');
  });

  test('is governed by no program, whatever its role', async () => {
    const authorizer = { id: 'nightly-job', clientId: 'Nightly-Job', roles: 'officer' };
    const answer = await api.underwriting.invoke('StaffApi', {
      httpMethod: 'POST',
      resource: '/policies/{digest}/approval',
      pathParameters: params,
      multiValueQueryStringParameters: null,
      multiValueHeaders: { 'content-type': ['application/json'] },
      body: JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: { requestId: 'a-request-of-a-job', authorizer },
    });
    expect(answer).toMatchObject({ statusCode: 403 });
  });
});

describe('An application', () => {
  const applicationId = 'rest-keep-000001';
  const note = 'Preservation order of the court.';
  beforeAll(async () => {
    await api.client('front-end').submitAndWait(sample(applicationId));
    await api.underwriting.engine.drain();
  });

  test('is held for a proceeding by an administrator, and is then not forgotten', async () => {
    const params = { applicationId, matter: '2026-CV-114' };
    const administrator = api.client('administrator');
    const forget = () =>
      api
        .client('reviewer')
        .call('requestForgetting', { params: { applicationId }, body: { note: 'Asked by letter.' } });
    const held = await administrator.call('setLegalHold', { params, body: { on: true, note } });
    expect(held).toMatchObject({ ...params, on: true, repeated: false });
    expect(await administrator.call('setLegalHold', { params, body: { on: true, note } })).toEqual({
      ...held,
      repeated: true,
    });
    expect(await forget()).toMatchObject({ result: 'DENIED', reason: 'LEGAL_HOLD', doneOn: null });
    await administrator.call('setLegalHold', { params, body: { on: false, note: 'Final disposition.' } });
    expect(await forget()).toMatchObject({
      result: 'DENIED',
      reason: 'STATUTORY_MINIMUM',
      doneOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    const entries = await api.underwriting.embedded.ledger.read(applicationId);
    const acts = ['LEGAL_HOLD_PLACED', 'FORGETTING_REQUESTED', 'LEGAL_HOLD_LIFTED'];
    expect(entries.filter(({ type }) => acts.includes(type)).map(({ type, actor }) => [type, actor])).toEqual([
      ['LEGAL_HOLD_PLACED', 'it.ops'],
      ['FORGETTING_REQUESTED', 'r.vega'],
      ['LEGAL_HOLD_LIFTED', 'it.ops'],
      ['FORGETTING_REQUESTED', 'r.vega'],
    ]);
  });

  test('that never was is held and forgotten by nobody, and a note that names a person is refused', async () => {
    const nowhere = { params: { applicationId: 'rest-nowhere-001', matter: '2026-CV-114' }, body: { on: true, note } };
    expect((await refusal(api.client('administrator').call('setLegalHold', nowhere))).status).toBe(404);
    const personal = { params: { applicationId }, body: { note: 'Asked by letter by 900-01-0005.' } };
    const refused = await refusal(api.client('reviewer').call('requestForgetting', personal));
    expect([refused.status, refused.problem.errors?.[0]?.path]).toEqual([422, 'note']);
  });
});
