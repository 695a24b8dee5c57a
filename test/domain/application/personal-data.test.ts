import { describe, expect, test } from '@jest/globals';

import { personalDataIn } from '../../../domain/application/personal-data.ts';
import { identityOf } from '../../support/submissions.ts';

describe('Personal data is found by its shape', () => {
  test.each([
    ['a number 900-01-0000 in a note', ['SSN']],
    ['{"ssn":"900010000"}', ['SSN']],
    ['{\\"Payload\\":\\"{\\\\\\"ssn\\\\\\":\\\\\\"900 01 0000\\\\\\"}\\"}', ['SSN']],
    ['write to robin.example+loan@mail.example.com today', ['EMAIL']],
    ['call (312) 555-0147', ['PHONE']],
    ['call +1 312-555-0147', ['PHONE']],
    ['call 3125550147', ['PHONE']],
    ['born 1980-02-29', ['DATE_OF_BIRTH']],
    ['born 2/29/1980', ['DATE_OF_BIRTH']],
    ['900-01-0000, r@example.com, 312.555.0147, 1980-02-29', ['SSN', 'EMAIL', 'PHONE', 'DATE_OF_BIRTH']],
  ])('in %s', (text, kinds) => expect(personalDataIn(text, 2026)).toEqual(kinds));
});

describe('Nothing is found in what executions have', () => {
  test.each([
    ['{"timestamp":"2026-01-05T12:00:00.000Z","receivedOn":"2026-01-05"}'],
    ['{"evidence":"9000100001234567890123456789012345678901234567890123456789012345"}'],
    ['arn:aws:states:us-east-1:000000000000:execution:underwriting:01J9ZK5D4Q9S0M2Y3V6T8X7B1C'],
    ['{"requestId":"3f2504e0-4f89-11d3-9a0c-0305e82c3301"}'],
    ['{"amountCents":1234567890123,"apr":"11.083125550"}'],
    ['{"version":"1.24.900010000"}'],
    ['{"epoch":1764104400,"body":"48"}'],
    ['{"loan":"2011-12-31T00:00:00.000Z"}'],
  ])('%s', (text) => expect(personalDataIn(text, 2026)).toEqual([]));
});

describe('Values of the applicant are found', () => {
  const identity = identityOf({ firstName: 'Hold', lastName: 'Quillfeather' });
  test.each([
    ['{"name":"QUILLFEATHER"}', ['IDENTITY']],
    ['{"note":"Mr Quillfeather asked"}', ['IDENTITY']],
    ['{"note":"a quillfeathery hat"}', []],
    ['{"name":"Hold"}', ['IDENTITY']],
    ['{"outcome":"HOLD"}', []],
    [`{"state":"${identity.address.state}","amountCents":${identity.address.zip}}`, []],
  ])('in %s: %j', (text, kinds) => expect(personalDataIn(text, 2026, identity)).toEqual(kinds));
});

test('A text is gone through once, however long its words are', () => {
  for (const letter of ['a', '\\']) expect(personalDataIn(letter.repeat(400_000), 2026)).toEqual([]);
  expect(personalDataIn(`${'a'.repeat(400_000)}@mail.example.com`, 2026)).toEqual(['EMAIL']);
});
