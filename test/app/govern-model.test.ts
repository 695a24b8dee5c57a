import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { indexAffected } from '../../app/governance/affected.ts';
import { COMPILED_POLICIES } from '../../app/governance/policies.ts';
import { governModel } from '../../app/models/govern-model.ts';
import { modelInForce, registryOf, requireAllowed } from '../../app/models/models.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { MODELS_LEDGER } from '../../domain/models/registry.ts';
import { modelRules } from '../../domain/projections/control.ts';
import { eventFaults } from '../../domain/projections/outbox.ts';
import { dyingAfter, eachDeath, embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { champion, enrolled, filesOf, registering, variant, type TestPackage } from '../support/model-packages.ts';
import { smallPackage } from '../support/small-package.ts';

jest.setTimeout(120_000);

const TODAY = '2026-12-01';
const TOMORROW = '2026-12-02';
const NOTE = 'Read beside its card of this week.';
const AUTHOR = 'a.author';
const APPROVER = 'r.vega';
let released: TestPackage;
let second: TestPackage;
let embedded: EmbeddedPorts;
beforeAll(async () => {
  released = await champion();
  second = await variant(() => ({ version: '2.1.0', description: 'The same model under another version.' }));
});
beforeEach(() => {
  embedded = embeddedPorts();
  embedded.ports.clock.set(`${TODAY}T12:00:00.000Z`);
});
afterEach(() => embedded.close());

const govern = (command: object, over: object = embedded.ports) => governModel(over as EmbeddedPorts['ports'])(command);
const register = (made: TestPackage, by = AUTHOR, over?: object) =>
  govern({ ...registering(made), by, note: NOTE }, over);
const PLACE = { product: 'personal-loan' };
const promote = ({ digest }: TestPackage, members: object = {}, over?: object) =>
  govern({ action: 'PROMOTE', digest, ...PLACE, effective: TODAY, by: APPROVER, note: NOTE, ...members }, over);
const rollback = ({ digest }: TestPackage, members: object = {}, over?: object) =>
  govern({ action: 'ROLLBACK', digest, ...PLACE, by: APPROVER, note: NOTE, ...members }, over);
const retire = ({ digest }: TestPackage, members: object = {}, over?: object) =>
  govern({ action: 'RETIRE', digest, by: APPROVER, note: NOTE, ...members }, over);
const enrol = (made: TestPackage, { ports } = embedded) =>
  enrolled(ports, made, { by: AUTHOR, at: ports.clock.now().toISOString() });
async function bringIn(made: TestPackage, effective = TODAY): Promise<void> {
  await enrol(made);
  expect(await promote(made, { effective })).toMatchObject({ result: 'GOVERNED', repeated: false });
}
/** A small package under an id of its own. */
async function packed(id: string): Promise<TestPackage> {
  const files = await smallPackage('personal-loan', id);
  return { digest: sha256(files.manifest), files };
}
const entries = (over = embedded) => over.ports.ledger.read(MODELS_LEDGER);
const actions = async (over = embedded) =>
  (await entries(over)).map((entry) => readBody(entry, 'MODEL_GOVERNED').action);
const inForce = (date = TODAY, mode: 'sandbox' | 'production' = 'sandbox') =>
  modelInForce(embedded.ports, { product: 'personal-loan', purpose: 'default', date, mode });

/** Nothing differs between the ledger, its row and its events. */
async function expectConsistent(over = embedded): Promise<void> {
  const all = await entries(over);
  expect(verifyChain(MODELS_LEDGER, all)).toEqual([]);
  const [rule] = modelRules(all);
  const row = rule && (await over.ports.workStore.get(rule.pk, rule.sk));
  expect(row === undefined || (rule !== undefined && rule.accepts(row))).toBe(true);
  const rows = await over.ports.events.rows();
  expect(eventFaults(all, new Map(), rows)).toEqual([]);
}

describe('A model comes into force', () => {
  test('with its promotion by another officer, and each change is an entry and an event', async () => {
    expect(await register(second)).toMatchObject({
      result: 'GOVERNED',
      model: 'personal-loan-default',
      repeated: false,
    });
    expect(await inForce()).toEqual({ digest: released.digest, promotion: null });
    expect(await promote(second)).toMatchObject({
      inForce: [{ from: TODAY, digest: second.digest }],
      replaced: { digest: released.digest, applications: 0, more: false },
    });
    expect(await inForce()).toEqual({ digest: second.digest, promotion: 'models/2' });
    expect((await embedded.ports.models.open(second.digest)).manifest.version).toBe('2.1.0');
    const published = (await embedded.ports.events.rows()).map(({ event }) => [event?.type, event?.detail['action']]);
    expect(published).toContainEqual(['ModelGoverned', 'PROMOTE']);
    await expectConsistent();
  });

  test('in production only by a promotion, and the error names the way', async () => {
    await expect(inForce(TODAY, 'production')).rejects.toMatchObject({
      name: 'ModelNotPromoted',
      message: expect.stringContaining('underwright model promote'),
    });
    await bringIn(second);
    expect(await inForce(TODAY, 'production')).toMatchObject({ digest: second.digest });
  });

  test('on its date, and out of it with a rollback, which restores the one before', async () => {
    await bringIn(released);
    await bringIn(second, TOMORROW);
    expect([(await inForce()).digest, (await inForce(TOMORROW)).digest]).toEqual([released.digest, second.digest]);
    embedded.ports.clock.set(`${TOMORROW}T12:00:00.000Z`);
    for (const id of ['application-0001', 'application-0002'])
      await indexAffected(embedded.ports.workStore, id, second.digest);
    expect(await rollback(second)).toMatchObject({
      inForce: [{ from: TOMORROW, digest: released.digest }],
      replaced: { digest: second.digest, applications: 2 },
    });
    expect(await rollback(second)).toMatchObject({ result: 'GOVERNED', repeated: true });
    expect((await inForce(TOMORROW)).digest).toBe(released.digest);
    await expectConsistent();
  });

  test('and a shadow decides nothing', async () => {
    await enrol(second);
    expect(await promote(second, { stage: 'SHADOW' })).toMatchObject({ result: 'GOVERNED', inForce: [] });
    expect((await inForce()).digest).toBe(released.digest);
  });

  test('once, where two officers promote at the same time', async () => {
    await enrol(second);
    const answers = await Promise.all(['r.vega', 'm.diaz'].map((by) => promote(second, { by })));
    expect(answers.map(({ result }) => result).toSorted()).toEqual(['GOVERNED', 'REJECTED']);
    expect(await actions()).toEqual(['REGISTER', 'PROMOTE']);
  });
});

describe('A package is registered', () => {
  test('once: the same files again answer with the first registration', async () => {
    const first = await register(second);
    embedded.ports.clock.advance(1000);
    expect(await register(second, 'm.diaz')).toEqual({ ...first, repeated: true });
    expect(await actions()).toEqual(['REGISTER']);
  });

  test.each<[string, (made: TestPackage) => object, string, RegExp]>([
    [
      'without a file',
      ({ files }) => ({ files: { ...filesOf({ files }), reference: undefined } }),
      'files.reference',
      /missing/,
    ],
    [
      'with a file that is not base64',
      ({ files }) => ({ files: { ...filesOf({ files }), model: '?' } }),
      'files.model',
      /base64/,
    ],
    ['with another digest', () => ({ digest: 'f'.repeat(64) }), 'digest', /is not that of manifest\.json/],
    [
      'with another model file',
      ({ files }) => ({ files: { ...filesOf({ files }), model: 'AAAA' } }),
      'files.files',
      /model\.onnx does not have the digest/,
    ],
    [
      'with a note that names a person',
      () => ({ note: 'As John of john@mail.example wrote.' }),
      'note',
      /personal data/,
    ],
  ])('never %s', async (_, change, path, message) => {
    const answer = await govern({ ...registering(second), by: AUTHOR, note: NOTE, ...change(second) });
    const found = answer.result === 'REJECTED' ? answer.errors.find((error) => error.path === path) : undefined;
    expect(found?.message).toMatch(message);
    expect(await registryOf(embedded.ports.workStore)).toEqual({ packages: [], promotions: [] });
  });

  test.each<[string, Parameters<typeof variant>[0], string, RegExp]>([
    [
      'with a feature of another version',
      ({ features }) => ({
        features: features.map((each, at) =>
          at === 0 ? { ...each, feature: `${each.feature.split('@')[0]}@9` } : each,
        ),
      }),
      'files.features',
      /@9/,
    ],
    [
      'with a use that is no use',
      ({ allowed }) => ({ allowed: [{ ...allowed[0], uses: ['market'] }] }),
      'files.manifest',
      /allowed\.0\.uses/,
    ],
    [
      'with a reference row that is no number',
      ({ reference }) => ({ reference: { ...reference, rows: [[null]] } }),
      'files.manifest',
      /reference\.rows/,
    ],
  ])('never %s', async (_, change, path, message) => {
    const answer = await register(await variant(change));
    const found = answer.result === 'REJECTED' ? answer.errors.find((error) => error.path === path) : undefined;
    expect(found?.message).toMatch(message);
    expect(await actions()).toEqual([]);
  });

  test('never under the version of another package, and never again once it is retired', async () => {
    await register(second);
    const other = await variant(() => ({ version: '2.1.0', description: 'Another text under the same version.' }));
    expect(await register(other)).toMatchObject({
      errors: [{ path: 'digest', message: expect.stringContaining('new version') }],
    });
    await retire(second);
    expect(await register(second)).toMatchObject({
      errors: [{ path: 'digest', message: expect.stringContaining('retired') }],
    });
  });
});

describe('A change is refused', () => {
  test('to the officer who registered the package', async () => {
    await enrol(second);
    expect(await promote(second, { by: AUTHOR })).toMatchObject({ errors: [{ path: 'by' }] });
  });

  test('for a past day, for a package that nobody registered, and for a retired one', async () => {
    expect(await promote(second)).toMatchObject({ errors: [{ path: 'digest' }] });
    await enrol(second);
    expect(await promote(second, { effective: '2026-11-30' })).toMatchObject({ errors: [{ path: 'effective' }] });
    await retire(second);
    expect(await promote(second)).toMatchObject({
      errors: [{ path: 'digest', message: expect.stringContaining('retired') }],
    });
  });

  test('for a product that the package does not allow in this mode', async () => {
    embedded.ports.lending = { ...embedded.ports.lending, mode: 'production' };
    await enrol(second);
    const answer = await promote(second, { product: 'auto-loan' });
    expect(answer).toMatchObject({ errors: [{ path: 'digest', message: expect.stringContaining('auto-loan') }] });
  });

  test('under the name of a released package that it is not', async () => {
    const impostor = await variant(() => ({ description: 'Another package under the name of the champion.' }));
    const errors = [{ path: 'digest', message: expect.stringContaining('released personal-loan-default@2.0.0') }];
    expect(await register(impostor)).toEqual({ result: 'REJECTED', errors });
    expect(await entries()).toEqual([]);
  });

  test('for a score in a mode that its package does not allow', async () => {
    const files = new TextDecoder().decode(released.files.manifest);
    const manifest = JSON.parse(files) as Parameters<typeof requireAllowed>[0];
    expect(() => requireAllowed(manifest, { product: 'auto-loan', mode: 'sandbox' })).not.toThrow();
    expect(() => requireAllowed(manifest, { product: 'auto-loan', mode: 'production' })).toThrow(
      'personal-loan-default@2.0.0 is not allowed for auto-loan in production mode',
    );
  });

  test('for a cut-off that the policy in force needs and the package lacks', async () => {
    const without = await variant(({ cutoffs: { decline = 0 } }) => ({ version: '2.2.0', cutoffs: { decline } }));
    await enrol(without);
    const model = { purpose: 'default', uses: ['decide'], cutoffs: ['decline', 'referral'], bands: {} } as const;
    const needing = COMPILED_POLICIES['personal-loan'].map(({ module, ...policy }) => ({
      ...policy,
      module: { ...module, model },
    }));
    const answer = await governModel(embedded.ports, { ...COMPILED_POLICIES, 'personal-loan': needing })({
      action: 'PROMOTE',
      digest: without.digest,
      ...PLACE,
      effective: TODAY,
      by: APPROVER,
      note: NOTE,
    });
    expect(answer).toMatchObject({
      errors: [{ path: 'digest', message: expect.stringContaining('referral') }],
    });
  });

  test('where it would leave the sandbox without a model until a later day', async () => {
    await enrol(second);
    expect(await promote(second, { effective: TOMORROW })).toMatchObject({ errors: [{ path: 'effective' }] });
  });

  test('where it retires the released package that decides in a sandbox without a promotion', async () => {
    await enrol(released);
    expect(await retire(released)).toMatchObject({
      errors: [{ path: 'digest', message: expect.stringContaining('sandbox') }],
    });
  });

  test('where it retires a model that is in force today or later', async () => {
    embedded.ports.lending = { ...embedded.ports.lending, mode: 'production' };
    await bringIn(released);
    await bringIn(second, TOMORROW);
    expect(await retire(released)).toMatchObject({ errors: [{ path: 'digest' }] });
    expect(await retire(second)).toMatchObject({ errors: [{ path: 'digest' }] });
    embedded.ports.clock.set(`${TOMORROW}T12:00:00.000Z`);
    expect(await retire(released)).toMatchObject({ result: 'GOVERNED', repeated: false });
    expect(await retire(released)).toMatchObject({ repeated: true });
    // A rollback would not bring the retired package back.
    expect(await rollback(second)).toMatchObject({ errors: [{ path: 'digest' }] });
    await expectConsistent();
  });

  test('where it rolls back what was not promoted', async () => {
    await enrol(second);
    expect(await rollback(second)).toMatchObject({ errors: [{ path: 'digest' }] });
  });

  test.each(['sandbox', 'production'] as const)('where its rollback leaves no champion in %s', async (mode) => {
    embedded.ports.lending = { ...embedded.ports.lending, mode };
    await bringIn(second);
    expect(await rollback(second)).toMatchObject({
      errors: [
        { path: 'digest', message: expect.stringMatching(/promote another package first, or .*underwright switch/) },
      ],
    });
    expect((await inForce(TODAY, mode)).digest).toBe(second.digest);
    // As the message has it.
    await bringIn(released);
    expect(await rollback(second)).toMatchObject({ result: 'GOVERNED', repeated: false });
    expect((await inForce(TODAY, mode)).digest).toBe(released.digest);
    await expectConsistent();
  });

  test.each([
    [{ action: 'FORCE' }, 'action'],
    [{ product: 'mortgage' }, 'product'],
    [{ purpose: 'fraud' }, 'purpose'],
    [{ stage: 'CANARY' }, 'stage'],
    [{ effective: '2026-02-30' }, 'effective'],
    [{ effective: Number.NaN }, 'effective'],
    [{ digest: 'personal-loan-default' }, 'digest'],
    [{ by: 'R Vega' }, 'by'],
    [{ role: 'auditor' }, 'role'],
    [{ note: '' }, 'note'],
  ])('with %j, by its %s', async (wrong, path) => {
    expect(await promote(second, wrong)).toMatchObject({ result: 'REJECTED', errors: [{ path }] });
  });
});

test('A process that dies between any two calls leaves nothing half done: the next call completes or shows nothing', async () => {
  const small = await packed('small');
  const earlier = await packed('earlier');
  const bring = async (made: TestPackage, own: EmbeddedPorts) => {
    await enrol(made, own);
    await promote(made, {}, own.ports);
  };
  const steps: { by: (over: object) => Promise<unknown>; setUp: (own: EmbeddedPorts) => Promise<void> }[] = [
    { setUp: async () => {}, by: (over) => register(small, AUTHOR, over) },
    { setUp: (own) => enrol(small, own), by: (over) => promote(small, {}, over) },
    { setUp: (own) => bring(earlier, own).then(() => bring(small, own)), by: (over) => rollback(small, {}, over) },
  ];
  for (const { setUp, by } of steps) {
    await eachDeath(async (calls) => {
      const own = embeddedPorts();
      own.ports.clock.set(`${TODAY}T12:00:00.000Z`);
      try {
        await setUp(own);
        const { length } = await entries(own);
        const dying = dyingAfter(own.ports, calls);
        await by(dying).catch(() => undefined);
        const before = await registryOf(own.ports.workStore);
        // Another command is refused, and completes what the dead one owes.
        await rollback(released, {}, own.ports);
        await expectConsistent(own);
        expect(await registryOf(own.ports.workStore)).toEqual(before);
        expect(await by(own.ports)).toMatchObject({ result: 'GOVERNED' });
        expect(await entries(own)).toHaveLength(length + 1);
        await expectConsistent(own);
        return dying.died();
      } finally {
        own.close();
      }
    });
  }
});
