import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { DUTIES, type Duty } from '../../../domain/duties/duties.ts';
import { outcomeOf, untested, type Vectors } from './vectors.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'domain', 'duties');
const vectors = JSON.parse(readFileSync(join(folder, 'vectors.json'), 'utf8')) as Vectors;

describe('Each duty has vectors, and each vector is executed', () => {
  test('no duty lacks a case', () => {
    expect(untested(DUTIES, vectors)).toEqual([]);
    expect(Object.keys(vectors)).toEqual(DUTIES.map(({ id }) => id));
  });

  test('a duty without a vector is found', () => {
    const added: Duty = { ...DUTIES[0]!, id: 'ADDED', effectiveFrom: '2030-01-01' };
    expect(untested([...DUTIES, added], vectors)).toEqual([
      'ADDED has no vector in which it is met',
      'ADDED has no vector in which it is late or unmet',
      'ADDED has no vector in which it does not apply',
      'ADDED has no vector before its date',
    ]);
    const { ESIGN_CONSENT: _, ...fewer } = vectors;
    expect(untested(DUTIES, fewer)).toContain('ESIGN_CONSENT has no vector in which it is met');
  });

  test.each(DUTIES.map((duty) => [duty.id, duty] as const))('%s', (id, duty) => {
    for (const vector of vectors[id] ?? []) {
      expect({ vector: vector.title, is: outcomeOf(vector, duty) }).toEqual({
        vector: vector.title,
        is: vector.expect,
      });
    }
  });

  test('a change of a number, a date, a kind of notice or a state fails a vector', () => {
    const changes: ((duty: Duty) => Duty | undefined)[] = [
      (duty) =>
        duty.due.from === 'OCCASION' ? { ...duty, due: { from: 'OCCASION', days: duty.due.days + 1 } } : undefined,
      (duty) => (duty.effectiveFrom === null ? undefined : { ...duty, effectiveFrom: '2030-01-01' }),
      (duty) => (duty.means.by === 'NOTICE' ? { ...duty, means: { ...duty.means, kinds: ['NONE'] } } : undefined),
      (duty) => (duty.state === null ? undefined : { ...duty, state: 'IL' }),
      (duty) => (duty.exemptions.length > 0 ? { ...duty, exemptions: [] } : undefined),
      (duty) => ({ ...duty, occasion: duty.occasion === 'SCREENING' ? 'RECEIPT' : 'SCREENING' }),
    ];
    const survivors = changes.flatMap((change, index) =>
      DUTIES.flatMap((duty) => {
        const changed = change(duty);
        const same = (vectors[duty.id] ?? []).every(
          (vector) => JSON.stringify(outcomeOf(vector, changed ?? duty)) === JSON.stringify(vector.expect),
        );
        return changed && same ? [`${duty.id}: change ${index}`] : [];
      }),
    );
    expect(survivors).toEqual([]);
  });
});
