import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { newestPolicy } from '../../app/governance/policies.ts';
import { setSwitch, SWITCHES_LEDGER } from '../../app/governance/set-switch.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { walkToPolicy } from '../support/walk.ts';

const ID = 'application-0001';
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const BY = { by: 'r.vega', note: 'Losses of this month are under review.' };
const turn = (kind: string, id: string, on: boolean, over = embedded.ports) => setSwitch(over)({ kind, id, on, ...BY });
const history = () => embedded.ports.ledger.read(SWITCHES_LEDGER);

const PLACES: [string, (own: EmbeddedPorts) => Promise<string> | string][] = [
  ['product', () => 'personal-loan'],
  ['policy', () => newestPolicy('personal-loan').digest],
  ['model', async (own) => (await own.ports.models.released()).at(-1)!.digest],
];

describe.each(PLACES)('The switch of a %s', (kind, idOf) => {
  test('sends the very next automatic outcome to a person, and none once it is off', async () => {
    expect(await turn(kind, await idOf(embedded), true)).toMatchObject({ result: 'SET', on: true, repeated: false });
    const held = await walkToPolicy(embedded, submissionOf());
    expect(held.policy?.outcome).toBe('REFER');
    const { rules, offers, reasons } = await readEvidence(embedded.ports.evidence, ID, 'policy', held.policy!.evidence);
    expect(rules.filter(({ result }) => result === 'FIRED').map(({ id }) => id)).toEqual(['KILL_SWITCH']);
    // The reviewer sees what the policy would give.
    expect(offers.length).toBeGreaterThan(0);
    expect(reasons).toEqual([]);

    await turn(kind, await idOf(embedded), false);
    held.walk.nextRound();
    const again = { screening: held.screening!.evidence, reports: [held.report!], score: held.score!.evidence };
    expect((await held.walk.call('ApplyPolicy', { ...again, reviews: [] })).outcome).toBe('APPROVE');
  });
});

describe('A switch', () => {
  test.each(['          ', 'Asked for by John, john@mail.example.', 'As with 900-01-0000 of last week.'])(
    'is not set with the note %j, which the ledger would keep for ever',
    async (note) => {
      const command = { kind: 'product', id: 'personal-loan', on: true, by: 'r.vega', note };
      expect(await setSwitch(embedded.ports)(command)).toMatchObject({
        result: 'REJECTED',
        errors: [{ path: 'note' }],
      });
      expect(await history()).toEqual([]);
    },
  );

  test('of another product, policy or model changes nothing', async () => {
    await turn('product', 'auto-loan', true);
    await turn('policy', 'f'.repeat(64), true);
    await turn('model', 'f'.repeat(64), true);
    expect((await walkToPolicy(embedded, submissionOf())).policy?.outcome).toBe('APPROVE');
  });

  test.each(PLACES.slice(0, 2))(
    'of a %s holds a decline before the bureau too, not what is not offered',
    async (kind, idOf) => {
      await turn(kind, await idOf(embedded), true);
      const young = submissionOf({ applicant: identityOf({ dateOfBirth: '2010-01-01' }) });
      expect((await walkToPolicy(embedded, young)).pre?.outcome).toBe('REFER');
      const { address } = identityOf();
      const elsewhere = submissionOf({
        applicationId: 'application-0002',
        applicant: identityOf({ address: { ...address, state: 'NY' } }),
      });
      expect((await walkToPolicy(embedded, elsewhere)).pre?.outcome).toBe('NOT_OFFERED');
      expect(await embedded.pulls()).toEqual([]);
    },
  );

  test('has its history in the ledger: who turned it, when and why', async () => {
    await turn('product', 'personal-loan', true);
    expect(await turn('product', 'personal-loan', true)).toMatchObject({ repeated: true });
    await turn('product', 'personal-loan', false);
    const entries = await history();
    expect(entries.map(({ actor, body }) => [actor, body['on']])).toEqual([
      ['r.vega', true],
      ['r.vega', false],
    ]);
    expect(verifyChain(SWITCHES_LEDGER, entries)).toEqual([]);
  });

  test.each([
    [{ kind: 'policy', id: 'personal-loan' }, 'id'],
    [{ kind: 'product', id: 'mortgage' }, 'id'],
    [{ kind: 'product', id: 'personal-loan', note: '' }, 'note'],
    [{ kind: 'product', id: 'personal-loan', by: 'R Vega' }, 'by'],
  ])('that names %j is refused by its %s', async (wrong, path) => {
    const answer = await setSwitch(embedded.ports)({ on: true, ...BY, ...wrong });
    expect(answer).toMatchObject({ result: 'REJECTED', errors: [{ path }] });
    expect(await history()).toEqual([]);
  });

  test('whose call died after any of its calls is in the ledger once after the next', async () => {
    const deaths = await eachDeath(async (calls) => {
      const own = embeddedPorts();
      try {
        const dying = dyingAfter(own.ports, calls);
        await turn('product', 'personal-loan', true, dying).catch(() => undefined);
        await turn('product', 'personal-loan', false, own.ports);
        const states = (await own.ports.ledger.read(SWITCHES_LEDGER)).map(({ body }) => body['on']);
        const item = await own.ports.workStore.get('SWITCH#product:personal-loan', 'STATE');
        expect(states).toHaveLength(item?.version ?? 0);
        expect(states.at(-1)).toBe(false);
        return dying.died();
      } finally {
        own.close();
      }
    });
    expect(deaths).toBe(3);
  });
});
