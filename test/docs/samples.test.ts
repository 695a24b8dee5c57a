import { describe, expect, it } from '@jest/globals';
import { compilePolicy } from '@underwright/policy-compiler';
import type * as z from 'zod';

import { batchRequest } from '../../app/contracts.ts';
import { contract as samples } from '../../app/operations/submit-samples.ts';
import { contract as sealing } from '../../app/sealing/seal-ledger.ts';
import { REASONS } from '../../domain/reasons/catalogue.ts';
import { rescoringItem } from '../../domain/rescoring/item.ts';
import { codeOf, PAGES } from './quotations.ts';

/** By page and a text in the sample: the schema that it must fit. */
const SCHEMAS: readonly (readonly [page: string, has: string, schema: z.ZodType])[] = [
  ['docs/batch.md', '"loan-4711"', rescoringItem],
  ['docs/batch.md', '"toleratedFailurePercentage"', batchRequest],
  ['docs/deploy.md', '"asExpected"', samples.output],
  ['docs/runbooks/canary.md', '"canary"', samples.input],
  ['docs/runbooks/seals-refused.md', '"confirmed"', sealing.input],
];

/** The JSON objects in code: a whole block or span, or an argument in single quotes. Placeholders are user ids and notes. */
const jsonIn = (text: string): unknown[] =>
  [text, ...[...text.matchAll(/'(\{[^']*\})'/g)].map(([, json]) => json!)].flatMap((json) => {
    try {
      return [JSON.parse(json.replace('"NAME"', '"r.vega"').replace('"TEXT"', '"The clock was ahead."')) as unknown];
    } catch {
      return [];
    }
  });

describe('a sample in a page', () => {
  it.each(SCHEMAS)('of %s with %s fits its schema', (page, has, schema) => {
    const found = codeOf(page).filter(({ text }) => text.includes(has));
    const values = found.flatMap(({ text }) => jsonIn(text));
    expect(values).not.toEqual([]);
    for (const value of values) {
      expect(schema.safeParse(value).error).toBeUndefined();
      // A seeded fault is found.
      expect(schema.safeParse([value]).success).toBe(false);
    }
  });

  it('of YAML is a policy that compiles without a warning', () => {
    const policies = PAGES.flatMap((page) => codeOf(page)).filter(({ language }) => language === 'yaml');
    expect(policies).not.toEqual([]);
    for (const { text, page } of policies) {
      const compiled = compilePolicy(text, page, { reasons: Object.keys(REASONS) });
      expect(compiled).toMatchObject({ ok: true, warnings: [] });
      expect(
        compilePolicy(text.replace('round: up', 'round: sideways'), page, { reasons: Object.keys(REASONS) }).ok,
      ).toBe(false);
    }
  });
});
