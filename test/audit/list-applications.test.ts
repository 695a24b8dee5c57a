import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { CursorRefused, listApplications, type ListPorts } from '../../audit/list-applications.ts';
import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { decisionOutcome } from '../../domain/decision/record.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { ledgerEvent, type EventBody, type EventType } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { decidedItems, receivedIndex, type ListFilter } from '../../domain/projections/listed.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { LENDER, lenderDate } from '../support/lender.ts';
import { scaled } from '../support/scale.ts';

const FIRST = Date.parse('2026-01-01T12:00:00Z');
const DAYS = 120;
const NOW = '2026-06-01T12:00:00.000Z';
const REASONS = ['AA09', 'AA17', 'AX03'] as const;

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
  embedded.ports.clock.set(NOW);
});
afterEach(() => embedded.close());

interface Decided {
  readonly hoursLater: number;
  readonly outcome: (typeof decisionOutcome.options)[number];
  readonly reasons: readonly string[];
}

interface Case {
  readonly product: (typeof PRODUCT_NAMES)[number];
  readonly hour: number;
  readonly decisions: readonly Decided[];
  readonly forgotten: boolean;
}

/** What a case comes to: the model that lists are compared with. */
interface Known {
  readonly id: string;
  readonly product: string;
  readonly receivedAt: string;
  readonly decisions: readonly { readonly at: string; readonly outcome: string; readonly reasons: readonly string[] }[];
}

const instant = (hour: number) => new Date(FIRST + hour * 3_600_000).toISOString();

/** Records a case as the workflow does: entries, the summary on its list, and a row for each decision. */
async function record(id: string, given: Case): Promise<Known> {
  const { ledger, workStore } = embedded.ports;
  const evidence = [{ kind: 'any', address: sha256(id), versionId: '1' }];
  const append = <Type extends EventType>(type: Type, number: number, occurredAt: string, body: EventBody<Type>) =>
    ledger.append(
      ledgerEvent({ id: `${id}/${type}/${number}`, applicationId: id, type, occurredAt, actor: 'test', body }),
    );
  const receivedAt = instant(given.hour);
  const receipt = { product: given.product, receivedOn: lenderDate(receivedAt), evidence };
  const received = await append('APPLICATION_RECEIVED', 0, receivedAt, receipt);
  await workStore.create({ ...keys.summary(id), index: receivedIndex(received), data: {} });
  const known: Known = { id, product: given.product, receivedAt, decisions: [] };
  const decisions = await decideAll(known, given.decisions);
  if (given.forgotten) await append('FORGETTING_DECIDED', 0, NOW, { why: 'APPLICANT_REQUEST' });
  return { ...known, decisions };
}

/** Records more decisions of a case, each after a reopening but for the first. @returns all of them. */
async function decideAll(known: Known, more: readonly Decided[]): Promise<Known['decisions']> {
  const { ledger, workStore } = embedded.ports;
  const decisions = [...known.decisions];
  let at = decisions.at(-1)?.at ?? known.receivedAt;
  for (const { hoursLater, outcome, reasons } of more) {
    const number = decisions.length;
    const evidence = [{ kind: 'decision', address: sha256(`${known.id} ${number}`), versionId: '1' }];
    at = new Date(Date.parse(at) + hoursLater * 3_600_000).toISOString();
    const base = { applicationId: known.id, occurredAt: at, actor: 'test' };
    if (number > 0) {
      const why = { why: 'REVIEW_REQUESTED', note: null, affectedBy: null, consent: null } as const;
      const body = { number, ...why, evidence };
      await ledger.append(
        ledgerEvent({ ...base, id: `${known.id}/reopened/${number}`, type: 'DECISION_REOPENED', body }),
      );
    }
    const facts = { outcome, decidedBy: 'POLICY', reasons: [...reasons], noticeDueOn: '2026-12-31' };
    const body = { output: {}, evidence, facts };
    await ledger.append(ledgerEvent({ ...base, id: `${known.id}/decided/${number}`, type: 'DECISION_RECORDED', body }));
    decisions.push({ at, outcome, reasons });
  }
  for (const item of decidedItems(await ledger.read(known.id), LENDER.timeZone)) await workStore.create(item);
  return decisions;
}

const within = (date: string, since: string | undefined, until: string | undefined) =>
  (since === undefined || date >= since) && (until === undefined || date <= until);

/** The ids that a filter selects by the model, newest first. */
function expected(all: readonly Known[], filter: ListFilter): string[] {
  const { product, receivedSince, receivedUntil, decidedSince, decidedUntil, outcome, reason } = filter;
  const byDecision = [decidedSince, decidedUntil, outcome, reason].some((each) => each !== undefined);
  const selected = all.flatMap((each) => {
    if (product !== undefined && each.product !== product) return [];
    if (!within(lenderDate(each.receivedAt), receivedSince, receivedUntil)) return [];
    if (!byDecision) return [{ id: each.id, at: each.receivedAt }];
    const first = each.decisions.find(
      (decision) =>
        within(lenderDate(decision.at), decidedSince, decidedUntil) &&
        (outcome === undefined || decision.outcome === outcome) &&
        (reason === undefined || decision.reasons.includes(reason)),
    );
    return first ? [{ id: each.id, at: first.at }] : [];
  });
  return selected.toSorted((a, b) => (`${a.at}#${a.id}` < `${b.at}#${b.id}` ? 1 : -1)).map(({ id }) => id);
}

/** A store whose pages of keys are short, so that a few applications take several rounds. */
function withShortPages(keysOfPage: number): ListPorts {
  const { workStore, ...ports } = embedded.ports;
  const limited = (limit = keysOfPage) => Math.min(limit, keysOfPage);
  return {
    ...ports,
    workStore: {
      listKeys: (pk, options = {}) => workStore.listKeys(pk, { ...options, limit: limited(options.limit) }),
    },
  };
}

/** Every page of a filter, and what happens between them. */
async function pagesOf(
  ports: ListPorts,
  filter: ListFilter,
  limit: number,
  between: (page: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page += 1) {
    const { applications, unreadable, next } = await listApplications(ports, filter, { limit, cursor });
    expect(unreadable).toEqual([]);
    expect(applications.length).toBeLessThanOrEqual(limit);
    ids.push(...applications.map(({ applicationId }) => applicationId));
    if (next === undefined) return ids;
    cursor = next;
    await between(page);
  }
}

const decided: fc.Arbitrary<Decided> = fc.record({
  hoursLater: fc.oneof(fc.integer({ min: 0, max: 48 }), fc.integer({ min: 0, max: 24 * 40 })),
  outcome: fc.constantFrom(...decisionOutcome.options),
  reasons: fc.subarray([...REASONS]),
});
const someCase: fc.Arbitrary<Case> = fc.record({
  product: fc.constantFrom(...PRODUCT_NAMES),
  // Most of them in one month, so that its shards have several pages.
  hour: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 72 }) }, fc.integer({ min: 0, max: 24 * DAYS })),
  decisions: fc.array(decided, { maxLength: 3 }),
  forgotten: fc.boolean(),
});
const date = fc.integer({ min: 0, max: DAYS + 30 }).map((day) => instant(24 * day).slice(0, 10));
const filterOf: fc.Arbitrary<ListFilter> = fc.record(
  {
    product: fc.constantFrom(...PRODUCT_NAMES),
    receivedSince: date,
    receivedUntil: date,
    decidedSince: date,
    decidedUntil: date,
    outcome: fc.constantFrom(...decisionOutcome.options),
    reason: fc.constantFrom(...REASONS),
  },
  { requiredKeys: [] },
);

describe('The pages of a list', () => {
  test('together are what the filter selects of all ledgers, in the order of the list', async () => {
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(someCase, { minLength: 1, maxLength: 24, size: 'max' }),
          fc.array(filterOf, { minLength: 4, maxLength: 8 }),
          fc.integer({ min: 1, max: 7 }),
          fc.integer({ min: 1, max: 3 }),
          async (cases, filters, limit, keysOfPage) => {
            const all: Known[] = [];
            for (const [n, each] of cases.entries()) all.push(await record(`application-${n}`, each));
            for (const filter of [{}, ...filters]) {
              expect(await pagesOf(withShortPages(keysOfPage), filter, limit)).toEqual(expected(all, filter));
              expect(await pagesOf(embedded.ports, filter, 100)).toEqual(expected(all, filter));
            }
          },
        )
        .beforeEach(fresh),
      { numRuns: scaled(300, 10) },
    );
  });

  test('have each application once, and lose none, while others are received and decided', async () => {
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(someCase, { minLength: 4, maxLength: 12 }),
          fc.array(fc.oneof(someCase, fc.tuple(fc.nat(), decided)), { minLength: 1, maxLength: 12 }),
          filterOf,
          fc.integer({ min: 1, max: 3 }),
          async (cases, changes, filter, limit) => {
            const all: Known[] = [];
            for (const [n, each] of cases.entries()) all.push(await record(`application-${n}`, each));
            const before = expected(all, filter);
            const found = await pagesOf(withShortPages(2), filter, limit, async (page) => {
              const change = changes[page];
              if (Array.isArray(change))
                await decideAll(all[change[0] % all.length]!, [change[1]]).catch(ignoreRepeated);
              else if (change) await record(`newcomer-${page}`, change);
            });
            expect(new Set(found).size).toBe(found.length);
            expect(found).toEqual(expect.arrayContaining(before));
          },
        )
        .beforeEach(fresh),
      { numRuns: scaled(300, 10) },
    );
  });
});

async function fresh(): Promise<void> {
  embedded.close();
  embedded = embeddedPorts();
  embedded.ports.clock.set(NOW);
}

/** The same application is changed once: another change of it has an event id that is taken. */
function ignoreRepeated(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'LedgerConflict') throw error;
}

describe('A list', () => {
  const DECLINE: Decided = { hoursLater: 1, outcome: 'DECLINE', reasons: ['AA17', 'AX03'] };
  const APPROVE: Decided = { hoursLater: 24 * 40, outcome: 'APPROVE', reasons: [] };
  const OF = { product: 'personal-loan', hour: 0, decisions: [DECLINE], forgotten: false } as const;

  test('has a superseded decline under the month of the decline', async () => {
    await record('reopened', { ...OF, decisions: [DECLINE, APPROVE] });
    const filter = {
      decidedSince: '2026-01-01',
      decidedUntil: '2026-01-31',
      outcome: 'DECLINE',
      reason: 'AX03',
    } as const;
    const { applications } = await listApplications(embedded.ports, filter, { limit: 10 });
    expect(applications).toMatchObject([
      {
        applicationId: 'reopened',
        folded: { status: 'DECIDED', outcome: 'APPROVE' },
        decision: { decidedOn: '2026-01-01', outcome: 'DECLINE', reasons: ['AA17', 'AX03'], superseded: true },
      },
    ]);
    const received = await listApplications(embedded.ports, {}, { limit: 10 });
    expect(received.applications).toMatchObject([{ decision: { outcome: 'APPROVE', superseded: false } }]);
  });

  test('does not trust a row that the ledger contradicts', async () => {
    await record('declined', OF);
    const { workStore } = embedded.ports;
    const [item] = decidedItems(await embedded.ports.ledger.read('declined'), LENDER.timeZone);
    const stored = await workStore.get(item!.pk, item!.sk);
    const forged = { ...item!.index!, sk: item!.index!.sk.replace('DECLINE', 'APPROVE') };
    await workStore.replace({ ...stored!, index: forged });
    const { applications, next } = await listApplications(embedded.ports, { outcome: 'APPROVE' }, { limit: 10 });
    expect([applications, next]).toEqual([[], undefined]);
  });

  test('names an application whose ledger cannot be read', async () => {
    await record('damaged', OF);
    embedded.data.database.statement(`UPDATE ledger_entries SET entry = 'x' WHERE sequence = 1`).run();
    const { applications, unreadable } = await listApplications(embedded.ports, {}, { limit: 10 });
    expect(applications).toEqual([]);
    expect(unreadable).toMatchObject([{ applicationId: 'damaged', detail: expect.any(String) }]);
  });

  test('has pages of a bounded number of queries, over months without an application too', async () => {
    await record('oldest', OF);
    embedded.ports.clock.set('2030-01-05T12:00:00.000Z');
    let queries = 0;
    const { workStore } = embedded.ports;
    const counted: ListPorts = {
      ...embedded.ports,
      workStore: {
        listKeys: (pk, options) => {
          queries += 1;
          return workStore.listKeys(pk, options);
        },
      },
    };
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      queries = 0;
      const page = await listApplications(counted, {}, { limit: 10, cursor });
      expect(queries).toBeLessThanOrEqual(96);
      sizes.push(page.applications.length);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(sizes).toEqual([0, 0, 0, 0, 1]);
  });

  test('takes a cursor of its own filters alone', async () => {
    for (const id of ['first', 'second']) await record(id, OF);
    const page = (filter: ListFilter, cursor?: string) =>
      listApplications(embedded.ports, filter, { limit: 1, cursor });
    const { next } = await page({ outcome: 'DECLINE' });
    expect((await page({ outcome: 'DECLINE' }, next)).applications).toHaveLength(1);
    await expect(page({ outcome: 'APPROVE' }, next)).rejects.toThrow(/^is of a list with other filters: repeat those/);
    await expect(page({}, next)).rejects.toThrow(CursorRefused);
    const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const cursor of [
      '',
      'x',
      cursorOf([1, 2]),
      cursorOf(['a']),
      cursorOf(['a', '2026-13~']),
      cursorOf(['a', '']),
    ]) {
      await expect(page({}, cursor)).rejects.toThrow(/^is not the next of an earlier page: leave it out/);
    }
  });
});
