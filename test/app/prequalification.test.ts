import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { readSample, readSamples } from '../../adapters/sample-applications.ts';
import { intakeApplication } from '../../app/intake/intake-application.ts';
import { prequalify, type PrequalificationPorts } from '../../app/prequalification/prequalify.ts';
import { forgetApplicants } from '../../app/retention/forget-applicants.ts';
import { keepRecords } from '../../app/retention/retention.ts';
import { readEvidence, type EvidenceKinds } from '../../app/workflow/read-evidence.ts';
import { noticeText } from '../../documents/notices/document.ts';
import { consentsAt, type ConsentKind } from '../../domain/application/consents.ts';
import type { Submission } from '../../domain/application/submission.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { QUOTE_MESSAGES } from '../../domain/prequalification/quote.ts';
import { REASONS } from '../../domain/reasons/catalogue.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { LENDER } from '../support/lender.ts';
import { consentedBefore, identityOf, lineSubmissionOf, submissionOf } from '../support/submissions.ts';
import { finish, walkToPolicy } from '../support/walk.ts';

const ID = 'prequal-0001';
const AT = '2026-01-05T11:59:00.000Z';
const APPROVED = '900010005';

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

/** A request for a quote with the content of a submission. */
function requestOf(submission: Record<string, unknown> = submissionFor(APPROVED)) {
  const { applicationId, ...content } = submission;
  expect(applicationId).toBeDefined();
  return { ...content, prequalificationId: ID, consents: consentsAt(['SOFT_PULL'], AT, LENDER.consentTexts) };
}
function submissionFor(ssn: string): Record<string, unknown> {
  return { ...submissionOf({ applicant: identityOf({ ssn }) }) };
}
const ask = async (
  request: unknown = requestOf(),
  ports: PrequalificationPorts = embedded.ports,
  submittedBy = 'web-shop',
) => CONTRACTS.Prequalify.output.parse(await prequalify(ports)({ submittedBy, request }));

describe('A prequalification', () => {
  test('quotes rates on one soft pull, which posts no inquiry, and is recorded under its own id', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({ result: 'ANSWERED', outcome: 'QUOTED', repeated: false });
    expect(await embedded.pulls()).toMatchObject([{ inquiry: 'SOFT', posted: false }]);
    const entries = await embedded.ports.ledger.read(ID);
    expect(entries.map(({ type }) => type)).toEqual(['PREQUALIFICATION_RECEIVED', 'PREQUALIFIED']);
    expect(verifyChain(ID, entries)).toEqual([]);
    expect(entries[1]?.body['evidence']).toMatchObject(
      ['quote', 'bureau-answer', 'bureau-report', 'score', 'policy'].map((kind) => ({ kind })),
    );
    // No part of the ledger names the applicant.
    expect(JSON.stringify(entries)).not.toMatch(/Quill|900010005|1984/);
  });

  test('quotes the rate that the application then gets, where nothing changed', async () => {
    const answer = await ask();
    const submission = submissionOf({ applicant: identityOf({ ssn: APPROVED }) });
    const walked = await walkToPolicy(embedded, submission);
    const { decision } = await finish(walked);
    const { offers } = await readEvidence(
      embedded.ports.evidence,
      submission.applicationId,
      'decision',
      decision.evidence,
    );
    expect(answer).toMatchObject({ offers });
    expect((await embedded.pulls()).map(({ inquiry, posted }) => [inquiry, posted])).toEqual([
      ['SOFT', false],
      ['HARD', true],
    ]);
  });

  test('never declines: no answer to any sample has a reason or a refusal', async () => {
    const outcomes = new Set<string>();
    for (const name of readSamples('examples').keys()) {
      const sample = readSample('examples', name, embedded.ports.clock.now(), LENDER.consentTexts);
      const answer = await ask({ ...requestOf(sample), prequalificationId: `prequal-${name}` });
      if (answer.result !== 'ANSWERED') throw new Error(`${name}: ${JSON.stringify(answer)}`);
      outcomes.add(answer.outcome);
      const { offers, message, ...rest } = answer;
      expect(message).toBe(QUOTE_MESSAGES[answer.outcome]);
      expect(message).not.toMatch(/declin|den(y|ied)|reject|not qualif|ineligib/i);
      expect(JSON.stringify(rest)).not.toMatch(new RegExp(Object.keys(REASONS).join('|')));
      expect(offers.length > 0).toBe(answer.outcome === 'QUOTED');
    }
    expect([...outcomes].sort()).toEqual(['NO_QUOTE', 'QUOTED']);
    expect((await embedded.pulls()).filter(({ posted }) => posted)).toEqual([]);
  }, 60_000);

  test('that is repeated gets the first answer, also later, and no second pull', async () => {
    const first = await ask();
    embedded.ports.clock.advance(40 * 86_400_000);
    expect(await ask()).toEqual({ ...first, repeated: true });
    expect(await embedded.pulls()).toHaveLength(1);
  });

  test('with other content, or of another front end, is a conflict', async () => {
    await ask();
    const other = { ...requestOf(), income: { annualGrossCents: 5_000_000 } };
    expect(await ask(other)).toMatchObject({ result: 'CONFLICT' });
    const person = requestOf({ ...submissionFor('900010006') });
    expect(await ask(person)).toMatchObject({ result: 'CONFLICT' });
    const foreign = await ask(requestOf(), embedded.ports, 'branch');
    expect(foreign).toMatchObject({ result: 'CONFLICT', message: expect.stringMatching(/or of another front end/) });
  });

  test('whose call died after its claim is never pulled again, and quotes nothing', async () => {
    const bureau = { ...embedded.ports.bureau, pull: () => Promise.reject(new Error('The process ended.')) };
    await expect(ask(requestOf(), { ...embedded.ports, bureau })).rejects.toThrow('The process ended.');
    expect(await ask()).toMatchObject({ result: 'CONFLICT', message: expect.stringMatching(/still answering/) });
    embedded.ports.clock.advance(61_000);
    expect(await ask()).toMatchObject({ result: 'ANSWERED', outcome: 'NO_QUOTE', offers: [] });
    expect(await embedded.pulls()).toEqual([]);
  });

  test('of twenty equal calls at once sends one pull', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(answers.filter(({ result }) => result === 'REJECTED')).toEqual([]);
    expect(await embedded.pulls()).toHaveLength(1);
    expect(await embedded.ports.ledger.read(ID)).toHaveLength(2);
  });

  test.each([
    ['without a consent to the pull', { consents: [] }, 'consents', /^has no SOFT_PULL/],
    [
      'with a consent to an unknown text',
      { consents: [{ kind: 'SOFT_PULL', textVersion: '1999', givenAt: AT }] },
      'consents.0.textVersion',
      /^is no text of the lender/,
    ],
    [
      'under the id of an application',
      { prequalificationId: 'application-0001' },
      'prequalificationId',
      /^must begin with prequal-/,
    ],
    ['of a real number', { applicant: identityOf({ ssn: '219099999' }) }, 'applicant.ssn', /never issued/],
  ])('%s is rejected, and nothing is stored', async (_, changes, path, message) => {
    expect(await ask({ ...requestOf(), ...changes })).toEqual({
      result: 'REJECTED',
      errors: [{ path, message: expect.stringMatching(message) }],
    });
    expect(embedded.rows('ledger_entries')).toEqual([]);
    expect(embedded.rows('vault_applications')).toEqual([]);
  });

  test('keeps its id from applications', async () => {
    const answer = await intakeApplication(embedded.ports)(submissionOf({ applicationId: ID }));
    expect(answer).toMatchObject({ result: 'REJECTED', errors: [{ path: 'applicationId' }] });
  });

  test('is kept for 25 months, and then forgotten', async () => {
    await ask();
    await keepRecords(embedded.ports, ID);
    embedded.ports.clock.advance(761 * 86_400_000);
    expect(await forgetApplicants(embedded.ports)({})).toMatchObject({ forgotten: [] });
    // 2028-02-05 is the last day: 25 months after 2026-01-05, and 761 days.
    embedded.ports.clock.advance(2 * 86_400_000);
    expect(await forgetApplicants(embedded.ports)({})).toMatchObject({ forgotten: [ID], failed: [] });
    expect(await ask()).toMatchObject({ result: 'CONFLICT', message: expect.stringMatching(/forgotten/) });
  });
});

describe('An application that continues a quote', () => {
  const CONTENT = { ...submissionFor(APPROVED), prequalification: ID };
  const continuing = (changes: Record<string, unknown> = {}) => ({ ...CONTENT, ...changes }) as unknown as Submission;
  const decided = async (submission: Submission) => {
    const walked = await walkToPolicy(embedded, submission);
    const { decision, notices } = await finish(walked);
    const read = <Kind extends keyof EvidenceKinds>(kind: Kind, address: string) =>
      readEvidence(embedded.ports.evidence, submission.applicationId, kind, address);
    const [first] = notices;
    return {
      record: await read('decision', decision.evidence),
      text: noticeText(await read('notice', first?.evidence ?? '')),
      read,
    };
  };
  const refused = async (submission: Submission, submittedBy = 'web-shop') => {
    const answer = await intakeApplication(embedded.ports)({ submittedBy, submission });
    expect(embedded.rows('vault_applications').map(({ application_id: id }) => id)).not.toContain('application-0001');
    return answer;
  };

  test('keeps the quoted rate where nothing changed, and alone has a hard pull', async () => {
    const quoted = await ask();
    await ask({ ...requestOf(), prequalificationId: 'prequal-0002' });
    const { record, text } = await decided(continuing());
    expect(quoted).toMatchObject({ offers: record.offers });
    expect(record.quote).toMatchObject({ prequalification: ID, outcome: 'KEPT', because: [], offers: record.offers });
    expect(text).not.toContain('quoted');
    // The applicant of the second quote did not continue.
    const pulls = await embedded.pulls();
    expect(pulls.map(({ inquiry, posted }) => [inquiry, posted])).toEqual([
      ['SOFT', false],
      ['SOFT', false],
      ['HARD', true],
    ]);
  });

  test('keeps the words of the consents to both reports', async () => {
    await ask();
    const { record, read } = await decided(continuing());
    const { stated } = await read('continued-quote', record.evidence.quote ?? '');
    const application = await read('application', record.evidence.application);
    const words = (kind: ConsentKind) => LENDER.consentTexts[kind].map(({ text }) => text);
    expect(words('SOFT_PULL')).toContain(stated.consents[0]?.text);
    expect(words('BUREAU_PULL')).toContain(application.consents[0]?.text);
  });

  test('states why the rate is another one', async () => {
    await ask();
    const { record, text } = await decided(continuing({ income: { annualGrossCents: 4_200_000 } }));
    expect(record.quote).toMatchObject({ outcome: 'CHANGED', because: [{ fact: 'STATED', name: 'income' }] });
    expect(text).toMatch(/On January 5, 2026 we quoted you:\s+- \$10,000\.00 over 36 months/);
    expect(text).toContain('You stated other information: your income');
  });

  test('states why the rate is withdrawn', async () => {
    await ask();
    const { record, text } = await decided(continuing({ income: { annualGrossCents: 1_000_000 } }));
    expect(record.outcome).toBe('DECLINE');
    expect(record.quote).toMatchObject({ outcome: 'WITHDRAWN', because: [{ fact: 'STATED', name: 'income' }] });
    expect(text).toContain('We do not offer those terms now.');
  });

  test.each([
    ['of another person', { applicant: identityOf({ ssn: '900010006' }) }, /^names no quote for this applicant/],
    ['that was never made', { prequalification: 'prequal-0009' }, /^names no quote for this applicant/],
    ['under another kind of id', { prequalification: 'application-0002' }, /^must begin with prequal-/],
    [
      'for another product',
      { ...lineSubmissionOf(), applicant: identityOf({ ssn: APPROVED }) },
      /^names a quote for a personal-loan/,
    ],
  ])('%s is rejected, and nothing is stored', async (_, changes, message) => {
    await ask();
    const errors = [{ path: 'prequalification', message: expect.stringMatching(message) }];
    expect(await refused(continuing({ prequalification: ID, ...changes }))).toEqual({ result: 'REJECTED', errors });
  });

  test('through another front end is rejected', async () => {
    await ask();
    const errors = [{ path: 'prequalification', message: expect.stringMatching(/^names no quote/) }];
    expect(await refused(continuing(), 'branch')).toEqual({ result: 'REJECTED', errors });
  });

  test('is rejected where no rate was quoted', async () => {
    await ask({ ...requestOf(), housing: null });
    const errors = [{ path: 'prequalification', message: expect.stringMatching(/without a rate/) }];
    expect(await refused(continuing())).toEqual({ result: 'REJECTED', errors });
  });

  test('is rejected after the last day of the quote, and an accepted one is still repeated', async () => {
    await ask();
    const sent = { submittedBy: 'web-shop', submission: continuing() };
    const first = await intakeApplication(embedded.ports)(sent);
    expect(first).toMatchObject({ result: 'ACCEPTED' });
    embedded.ports.clock.advance(60 * 86_400_000);
    expect(await intakeApplication(embedded.ports)(sent)).toEqual({ ...first, repeated: true });
    const consents = consentedBefore(embedded.ports.clock.now());
    const late = continuing({ applicationId: 'application-0002', consents });
    const errors = [{ path: 'prequalification', message: expect.stringMatching(/^names a quote that ended on 2026-/) }];
    const answer = await intakeApplication(embedded.ports)({ submittedBy: 'web-shop', submission: late });
    expect(answer).toEqual({ result: 'REJECTED', errors });
  });
});
