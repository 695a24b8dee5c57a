import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { affectedBy, indexAffected } from '../../app/governance/affected.ts';
import { governPolicy, POLICIES_LEDGER } from '../../app/governance/govern-policy.ts';
import { COMPILED_POLICIES, type Policies } from '../../app/governance/policies.ts';
import { governModel } from '../../app/models/govern-model.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import type { PolicyInForce } from '../../domain/products/product.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { champion, enrolled, variant } from '../support/model-packages.ts';
import { draftPolicy, withDrafts } from '../support/policies.ts';
import { identityOf, submissionAt } from '../support/submissions.ts';
import { startWalk, walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
const TODAY = '2026-12-01';
const NOTE = 'Read beside its backtest of this week.';
/** In force everywhere here; the draft turns away who earns below 200,000 dollars. */
const committed = COMPILED_POLICIES['personal-loan'].at(-1)!;
let draft: PolicyInForce;
let policies: Policies;
let embedded: EmbeddedPorts;
beforeAll(async () => {
  draft = await draftPolicy();
  policies = withDrafts(draft);
});
beforeEach(() => {
  embedded = embeddedPorts();
  embedded.ports.clock.set(`${TODAY}T12:00:00.000Z`);
});
afterEach(() => {
  embedded.close();
});

const govern = (command: object, over: object = embedded.ports) =>
  governPolicy(over as EmbeddedPorts['ports'], policies)(command);
const propose = (digest: string, effective = TODAY, by = 'a.author', over?: object) =>
  govern({ action: 'PROPOSE', digest, effective, by, note: NOTE }, over);
const approve = (digest: string, effective = TODAY, by = 'r.vega', over?: object) =>
  govern({ action: 'APPROVE', digest, effective, by, note: NOTE }, over);
const withdraw = (digest: string, from = TODAY, by = 'r.vega', over?: object) =>
  govern({ action: 'WITHDRAW', digest, from, by, note: NOTE }, over);
async function bringIn({ digest }: PolicyInForce, effective = TODAY): Promise<void> {
  await propose(digest, effective);
  expect(await approve(digest, effective)).toMatchObject({ result: 'GOVERNED', repeated: false });
}
const actions = async (over = embedded) =>
  (await over.ports.ledger.read(POLICIES_LEDGER)).map((entry) => readBody(entry, 'POLICY_GOVERNED').action);

/** The digest by which each stage of an application decides. */
async function decidedBy(applicationId = ID): Promise<(string | undefined)[]> {
  const { pre, policy } = await walkToPolicy(
    embedded,
    submissionAt(embedded.ports.clock, { applicationId }),
    [],
    policies,
  );
  const digests = [pre, policy].map(async (stage) =>
    stage
      ? (await readEvidence(embedded.ports.evidence, applicationId, 'policy', stage.evidence)).policy.digest
      : undefined,
  );
  return Promise.all(digests);
}

describe('A policy comes into force', () => {
  test('with the approval of another officer, not by its proposal', async () => {
    await bringIn(committed);
    await propose(draft.digest);
    expect(await decidedBy()).toEqual([committed.digest, committed.digest]);
    await approve(draft.digest);
    expect(await decidedBy('application-0002')).toEqual([draft.digest, undefined]);
    expect(await actions()).toEqual(['PROPOSE', 'APPROVE', 'PROPOSE', 'APPROVE']);
    expect(verifyChain(POLICIES_LEDGER, await embedded.ports.ledger.read(POLICIES_LEDGER))).toEqual([]);
  });

  test('and a first approval for a later day is refused while it would leave today without a version', async () => {
    await propose(draft.digest, '2027-01-01');
    expect(await approve(draft.digest, '2027-01-01')).toEqual({
      result: 'REJECTED',
      errors: [
        {
          path: 'effective',
          message:
            'would leave applications received before 2027-01-01 without a policy, because no version of personal-loan is ' +
            `approved for them: propose and approve 1.2.0 from ${TODAY} first, then approve this one`,
        },
      ],
    });
    // What decided before the refused approval decides after it.
    expect((await decidedBy())[0]).toBe(policies['personal-loan'].at(-1)!.digest);
    await bringIn(committed);
    expect(await approve(draft.digest, '2027-01-01')).toMatchObject({ result: 'GOVERNED' });
    expect((await decidedBy('application-0002'))[0]).toBe(committed.digest);
  });

  test('and the advice of that refusal names the proposal that a person must withdraw', async () => {
    const messageOf = async (digest: string) => {
      const answer = await approve(digest, '2027-01-01');
      return answer.result === 'REJECTED' ? answer.errors[0]!.message : '';
    };
    await propose(committed.digest, '2027-01-01');
    await propose(draft.digest, '2027-01-01');
    expect(await messageOf(draft.digest)).toContain(
      `: withdraw the proposal of 1.2.0 from 2027-01-01, propose and approve 1.2.0 from ${TODAY}, then approve this one`,
    );
    policies = { ...COMPILED_POLICIES, 'personal-loan': [committed] };
    expect(await messageOf(committed.digest)).toContain(
      `: withdraw the proposal of 1.2.0, then propose and approve 1.2.0 from ${TODAY}`,
    );
    policies = withDrafts(draft);
    // As the advice has it.
    await withdraw(committed.digest);
    await propose(committed.digest);
    expect(await messageOf(draft.digest)).toContain(`: approve 1.2.0, which was proposed from ${TODAY}, first`);
    expect(await approve(committed.digest)).toMatchObject({ result: 'GOVERNED' });
    expect(await approve(draft.digest, '2027-01-01')).toMatchObject({
      inForce: [
        { from: TODAY, version: '1.2.0' },
        { from: '2027-01-01', version: draft.module.policy.version },
      ],
    });
  });

  test.each(['sandbox', 'production'] as const)('and each answer in %s names the days without one', async (mode) => {
    embedded.ports.lending = { ...embedded.ports.lending, mode };
    await bringIn(committed);
    expect(await withdraw(committed.digest)).toMatchObject({ inForce: [{ from: TODAY, version: null }] });
    await propose(committed.digest, '2027-01-01');
    const gap = [
      { from: TODAY, version: null },
      { from: '2027-01-01', version: '1.2.0' },
    ];
    expect(await approve(committed.digest, '2027-01-01')).toMatchObject({ repeated: false, inForce: gap });
    expect(await approve(committed.digest, '2027-01-01')).toMatchObject({ repeated: true, inForce: gap });
    expect(await withdraw(committed.digest, '2027-02-01')).toMatchObject({
      inForce: [...gap, { from: '2027-02-01', version: null }],
    });
  });

  test('and production, where no version decides before the first approval, takes one for a later day', async () => {
    const production = { ...embedded.ports, lending: { ...embedded.ports.lending, mode: 'production' as const } };
    await propose(draft.digest, '2027-01-01', 'a.author', production);
    expect(await approve(draft.digest, '2027-01-01', 'r.vega', production)).toMatchObject({ result: 'GOVERNED' });
  });

  test('for applications received on its date and later', async () => {
    await bringIn(committed);
    await bringIn(draft, '2026-12-03');
    embedded.ports.clock.set('2026-12-02T12:00:00.000Z');
    const early = await startWalk(embedded, submissionAt(embedded.ports.clock), policies);
    embedded.ports.clock.set('2026-12-03T12:00:00.000Z');
    expect(await decidedBy('application-0002')).toEqual([draft.digest, undefined]);
    // Received the day before, and looked at only now.
    await early.call('ValidateApplication', {});
    const { evidence: screening } = await early.call('ScreenApplicants', {});
    expect((await early.call('ApplyPreBureauPolicy', { screening, reviews: [] })).outcome).toBe('PROCEED');
  });

  test('and out of it with its withdrawal, from then on', async () => {
    await bringIn(committed);
    await bringIn(draft);
    await withdraw(draft.digest, '2026-12-02');
    expect(await decidedBy()).toEqual([draft.digest, undefined]);
    embedded.ports.clock.set('2026-12-02T12:00:00.000Z');
    expect((await decidedBy('application-0002'))[0]).toBe(committed.digest);
    await bringIn(draft, '2026-12-02');
    expect(await decidedBy('application-0003')).toEqual([draft.digest, undefined]);
  });

  test('and out of it earlier than was first said, wherever its proposals stand', async () => {
    await bringIn(committed);
    await bringIn(draft);
    await withdraw(draft.digest, '2027-06-01');
    // Proposed anew beside the version that is in force until June.
    await propose(draft.digest);
    expect(await withdraw(draft.digest, '2027-07-01')).toMatchObject({ result: 'GOVERNED' });
    expect(await withdraw(draft.digest, TODAY)).toMatchObject({ result: 'GOVERNED', repeated: false });
    expect(await withdraw(draft.digest, TODAY)).toMatchObject({ repeated: true });
    expect(await withdraw(draft.digest, '2027-06-01')).toMatchObject({ errors: [{ path: 'from' }] });
    expect(await decidedBy()).toEqual([committed.digest, committed.digest]);
  });

  test('and the ledger of an application names the approval', async () => {
    await bringIn(committed);
    await decidedBy();
    const entries = await embedded.ports.ledger.read(ID);
    const [entry] = entries.filter(({ type }) => type === 'POLICY_APPLIED');
    const named = readBody(entry!, 'POLICY_APPLIED').facts['policyApproval'] as string;
    expect((await embedded.ports.ledger.find(POLICIES_LEDGER, named))?.body).toMatchObject({
      action: 'APPROVE',
      digest: committed.digest,
    });
  });

  test('once, where two officers approve at the same time', async () => {
    await propose(draft.digest);
    const answers = await Promise.all(['r.vega', 'm.diaz'].map((by) => approve(draft.digest, TODAY, by)));
    expect(answers.map(({ result }) => result).sort()).toEqual(['GOVERNED', 'REJECTED']);
    expect(await actions()).toEqual(['PROPOSE', 'APPROVE']);
  });
});

describe('An application', () => {
  test('keeps the version of its first stage, whatever is withdrawn between its stages', async () => {
    await bringIn(committed);
    const walk = await startWalk(embedded, submissionAt(embedded.ports.clock), policies);
    await walk.call('ValidateApplication', {});
    const { evidence: screening } = await walk.call('ScreenApplicants', {});
    await walk.call('ApplyPreBureauPolicy', { screening, reviews: [] });
    await withdraw(committed.digest);
    const report = await walk.call('PullBureauReport', { bureau: 'simulated-bureau', pullEpoch: 0, retryCount: 0 });
    const { evidence: score } = await walk.call('ScoreApplication', { reports: [report] });
    const { outcome } = await walk.call('ApplyPolicy', { screening, reports: [report], score, reviews: [] });
    expect(outcome).toBe('APPROVE');
  });

  test.each([
    ['in sandbox mode decides by the newest committed version while no version was ever approved', 'sandbox', 'draft'],
    ['in production waits for a person while no version is approved', 'production', 'PolicyNotApproved'],
  ] as const)('%s', async (_, mode, expected) => {
    embedded.ports.lending = { ...embedded.ports.lending, mode };
    await propose(draft.digest);
    const found = decidedBy();
    if (expected === 'draft') expect(await found).toEqual([draft.digest, undefined]);
    else await expect(found).rejects.toThrow(expect.objectContaining({ name: expected }));
  });

  test.each(['sandbox', 'production'] as const)(
    'in %s waits for a person once the approved version is withdrawn',
    async (mode) => {
      embedded.ports.lending = { ...embedded.ports.lending, mode };
      await bringIn(committed);
      await withdraw(committed.digest);
      await expect(decidedBy()).rejects.toThrow(expect.objectContaining({ name: 'PolicyNotApproved' }));
      // Nothing is recorded of the stage that failed, so its resumption finds what is approved then.
      await bringIn(draft);
      expect(await decidedBy()).toEqual([draft.digest, undefined]);
    },
  );

  test('waits for a person where this release has not the approved version', async () => {
    await bringIn(draft);
    policies = withDrafts();
    try {
      await expect(decidedBy()).rejects.toThrow(expect.objectContaining({ name: 'PolicyMissing' }));
    } finally {
      policies = withDrafts(draft);
    }
  });
});

describe('A version that a model cannot serve is not approved', () => {
  const needing = (policy: PolicyInForce, cutoffs: readonly string[]): PolicyInForce => ({
    ...policy,
    module: { ...policy.module, model: { ...policy.module.model!, cutoffs } },
  });
  afterEach(() => {
    policies = withDrafts(draft);
  });

  test('in a sandbox without promotions: the newest released model counts, and in production none', async () => {
    const further = needing(draft, ['decline', 'mailing']);
    policies = withDrafts(further);
    await propose(further.digest);
    expect(await approve(further.digest)).toMatchObject({
      errors: [{ path: 'digest', message: expect.stringMatching(/mailing.*Promote a package that fits first$/) }],
    });
    expect(await actions()).toEqual(['PROPOSE']);
    embedded.ports.lending = { ...embedded.ports.lending, mode: 'production' };
    expect(await approve(further.digest)).toMatchObject({ result: 'GOVERNED' });
  });

  test('where the model is in force from a later day', async () => {
    const lenient = needing(committed, ['decline']);
    policies = { ...COMPILED_POLICIES, 'personal-loan': [lenient, draft] };
    await bringIn(lenient);
    await propose(draft.digest);
    const lacking = await variant(({ cutoffs: { decline = 0 } }) => ({ version: '2.2.0', cutoffs: { decline } }));
    const place = { product: 'personal-loan', by: 'r.vega', note: NOTE };
    for (const [made, effective] of [[await champion(), TODAY] as const, [lacking, '2026-12-02'] as const]) {
      await enrolled(embedded.ports, made, { by: 'a.author', at: `${TODAY}T12:00:00.000Z` });
      const promoted = { action: 'PROMOTE', digest: made.digest, effective, ...place };
      expect(await governModel(embedded.ports, policies)(promoted)).toMatchObject({ result: 'GOVERNED' });
    }
    expect(await approve(draft.digest)).toMatchObject({
      errors: [{ path: 'digest', message: expect.stringMatching(/2026-12-02: .*referral/) }],
    });
    await governModel(embedded.ports, policies)({ action: 'ROLLBACK', digest: lacking.digest, ...place });
    expect(await approve(draft.digest)).toMatchObject({ result: 'GOVERNED' });
  });
});

describe('A command is refused', () => {
  test.each(['          ', 'Asked for by John, john@mail.example.', 'As with 900-01-0000 of last week.'])(
    'with the note %j, which the ledger would keep for ever',
    async (note) => {
      const command = { action: 'PROPOSE', digest: draft.digest, effective: TODAY, by: 'a.author', note };
      expect(await govern(command)).toMatchObject({ result: 'REJECTED', errors: [{ path: 'note' }] });
      expect(await actions()).toEqual([]);
    },
  );

  test('that approves what its own officer proposed', async () => {
    await propose(draft.digest);
    expect(await approve(draft.digest, TODAY, 'a.author')).toMatchObject({ errors: [{ path: 'by' }] });
  });

  test('that approves what nobody proposed, or with another date', async () => {
    expect(await approve(draft.digest)).toMatchObject({ errors: [{ path: 'digest' }] });
    await propose(draft.digest);
    expect(await approve(draft.digest, '2026-12-02')).toMatchObject({ errors: [{ path: 'effective' }] });
  });

  test('that reaches into the past', async () => {
    expect(await propose(draft.digest, '2026-11-30')).toMatchObject({ errors: [{ path: 'effective' }] });
    await propose(draft.digest);
    embedded.ports.clock.advance(86_400_000);
    expect(await approve(draft.digest)).toMatchObject({ errors: [{ path: 'effective' }] });
    expect(await withdraw(draft.digest)).toMatchObject({ errors: [{ path: 'from' }] });
  });

  test('that takes effect before the text of the policy says', async () => {
    embedded.ports.clock.set('2026-10-01T12:00:00.000Z');
    expect(await propose(draft.digest, '2026-10-31')).toMatchObject({ errors: [{ path: 'effective' }] });
  });

  test('that proposes what another proposed, or withdraws what nobody did', async () => {
    expect(await withdraw(draft.digest)).toMatchObject({ errors: [{ path: 'digest' }] });
    await propose(draft.digest);
    expect(await propose(draft.digest, '2026-12-24', 'm.diaz')).toMatchObject({ errors: [{ path: 'digest' }] });
  });

  test.each([
    [{ digest: 'f'.repeat(64) }, 'digest'],
    [{ digest: 'personal-loan' }, 'digest'],
    [{ effective: '2026-02-30' }, 'effective'],
    [{ by: 'R Vega' }, 'by'],
    [{ note: '' }, 'note'],
    [{ action: 'FORCE' }, 'action'],
  ])('with %j, by its %s', async (wrong, path) => {
    const sound = { action: 'PROPOSE', digest: draft.digest, effective: TODAY, by: 'a.author', note: NOTE };
    expect(await govern({ ...sound, ...wrong })).toMatchObject({ result: 'REJECTED', errors: [{ path }] });
    expect(await actions()).toEqual([]);
  });
});

describe('Whom a policy touched', () => {
  const listed = (digest: string) => Array.fromAsync(affectedBy(embedded.ports.workStore, digest));

  test('is listed at whichever stage it was, and under the model that scored', async () => {
    await bringIn(draft);
    const early = submissionAt(embedded.ports.clock, {
      applicationId: 'application-0002',
      applicant: identityOf({ ssn: '900010005' }),
    });
    await walkToPolicy(embedded, early, [], policies);
    embedded.ports.clock.advance(1000);
    await bringIn(committed);
    await decidedBy();
    const [{ digest } = { digest: '' }] = await embedded.ports.models.released();
    expect(await listed(draft.digest)).toEqual(['application-0002']);
    expect(await listed(committed.digest)).toEqual([ID]);
    expect(await listed(digest)).toEqual([ID]);
  });

  test('is listed page by page, each once', async () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => `application-${String(n).padStart(4, '0')}`);
    for (const id of [...ids, ...ids]) await indexAffected(embedded.ports.workStore, id, draft.digest);
    expect((await listed(draft.digest)).sort()).toEqual(ids);
  });

  test('is listed though the call died before it was recorded', async () => {
    await bringIn(committed);
    const walk = await startWalk(embedded, submissionAt(embedded.ports.clock), policies);
    await walk.call('ValidateApplication', {});
    const { evidence: screening } = await walk.call('ScreenApplicants', {});
    await eachDeath(async (calls) => {
      const dying = dyingAfter(embedded.ports, calls);
      await walk.call('ApplyPreBureauPolicy', { screening, reviews: [] }, dying).catch(() => undefined);
      const recorded = (await embedded.ports.ledger.read(ID)).some(({ type }) => type === 'PRE_BUREAU_POLICY_APPLIED');
      if (recorded) expect(await listed(committed.digest)).toEqual([ID]);
      return dying.died();
    });
    expect(await listed(committed.digest)).toEqual([ID]);
  });
});

test('A command that is sent again is answered with the first and recorded once', async () => {
  for (const again of [false, true]) {
    expect(await propose(draft.digest)).toMatchObject({ result: 'GOVERNED', repeated: again });
  }
  for (const again of [false, true]) {
    expect(await approve(draft.digest)).toMatchObject({ result: 'GOVERNED', repeated: again });
  }
  for (const again of [false, true]) {
    expect(await withdraw(draft.digest)).toMatchObject({ result: 'GOVERNED', repeated: again });
  }
  expect(await actions()).toEqual(['PROPOSE', 'APPROVE', 'WITHDRAW']);
});

test('An approval whose call died after any of its calls is in the ledger once after the next command', async () => {
  const deaths = await eachDeath(async (calls) => {
    const own = embeddedPorts();
    try {
      own.ports.clock.set(`${TODAY}T12:00:00.000Z`);
      await propose(draft.digest, TODAY, 'a.author', own.ports);
      const dying = dyingAfter(own.ports, calls);
      await approve(draft.digest, TODAY, 'r.vega', dying).catch(() => undefined);
      await approve(draft.digest, TODAY, 'r.vega', own.ports);
      expect(await actions(own)).toEqual(['PROPOSE', 'APPROVE']);
      return dying.died();
    } finally {
      own.close();
    }
  });
  expect(deaths).toBeGreaterThanOrEqual(4);
});
