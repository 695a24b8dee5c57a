import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import { cloudWatchMetrics } from '../../adapters/aws/metrics.ts';
import { observedEvidence, observedLedger } from '../../adapters/aws/observed.ts';
import { intakeApplication } from '../../app/intake/intake-application.ts';
import { lambdaHandler } from '../../lambdas/handler.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { submissionOf } from '../support/submissions.ts';

let embedded: EmbeddedPorts;
let lines: string[] = [];
beforeEach(() => {
  embedded = embeddedPorts();
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  embedded.close();
});

test('A count is one line of the embedded metric format', () => {
  cloudWatchMetrics('sandbox')([{ name: 'Decisions', value: 1, unit: 'Count', dimensions: { Outcome: 'APPROVE' } }]);
  expect(JSON.parse(lines.join(''))).toEqual({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'Underwright',
          Dimensions: [['service', 'Outcome']],
          Metrics: [{ Name: 'Decisions', Unit: 'Count' }],
        },
      ],
    },
    service: 'sandbox',
    Outcome: 'APPROVE',
    Decisions: 1,
  });
});

test('What intake counts over observed stores has nothing of the applicant, nor the application’s id', async () => {
  const { ports } = embedded;
  const count = cloudWatchMetrics('sandbox');
  const observed = {
    ...ports,
    ledger: observedLedger(ports.ledger, count),
    evidence: observedEvidence(ports.evidence, count),
  };
  const handler = lambdaHandler(CONTRACTS.IntakeApplication, intakeApplication(observed));
  const sent = submissionOf();
  const answer = CONTRACTS.IntakeApplication.output.parse(await handler(sent, {} as never));
  expect(answer.result).toBe('ACCEPTED');
  const text = lines.join('');
  expect(text).toContain('"Applications":1');
  for (const value of [sent.applicationId, ...Object.values(sent.applicant).map(String)])
    expect(text).not.toContain(value);
});

test('A write that fails counts nothing', async () => {
  const failing = { ...embedded.ports.ledger, append: () => Promise.reject(new Error('full')) };
  await expect(observedLedger(failing, () => lines.push('counted')).append({} as never)).rejects.toThrow('full');
  expect(lines).toEqual([]);
});
