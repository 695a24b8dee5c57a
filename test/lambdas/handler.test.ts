import { describe, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';

import type { OutputOf } from '../../lambdas/functions.ts';
import { lambdaHandler } from '../../lambdas/handler.ts';
import { CONTRACTS } from '../support/contracts.ts';

const context = { functionName: 'test', awsRequestId: '1' } as Context;
const address = 'a'.repeat(64);
const called = {
  application: { applicationId: 'application-0001', digest: address },
  step: { executionArn: 'arn', state: 'ScreenApplicants', enteredAt: '2026-01-05T12:00:00.000Z', round: 0 },
};
const screened = { status: 'CLEAR', evidence: address } as const;

describe('a function', () => {
  test('answers what its step gives', async () => {
    const handler = lambdaHandler(CONTRACTS.ScreenApplicants, async () => screened);
    expect(await handler(called, context)).toEqual(screened);
  });

  test('does not run on an input that its contract does not know', async () => {
    let ran = false;
    const handler = lambdaHandler(CONTRACTS.ScreenApplicants, async () => {
      ran = true;
      return screened;
    });
    await expect(handler({ ...called, ssn: '900010000' }, context)).rejects.toThrow(/schema/i);
    expect(ran).toBe(false);
  });

  test('never gives what its contract does not know', async () => {
    const leaking = async () => ({ ...screened, ssn: '900010000' }) as OutputOf<'ScreenApplicants'>;
    await expect(lambdaHandler(CONTRACTS.ScreenApplicants, leaking)(called, context)).rejects.toThrow(/ssn/);
  });

  test('throws its step’s own error, by whose name the state machine tells it', async () => {
    class BureauDown extends Error {
      override readonly name = 'BureauDown';
    }
    const handler = lambdaHandler(CONTRACTS.ScreenApplicants, () => Promise.reject(new BureauDown('down')));
    await expect(handler(called, context)).rejects.toThrow(BureauDown);
  });

  test('that waits for a person answers nothing itself', async () => {
    const opened = { ...called, taskToken: 'token', policy: null, stage: 'FULL', failure: null, escalation: 0 };
    expect(await lambdaHandler(CONTRACTS.AwaitReview, async () => undefined)(opened, context)).toEqual({});
  });
});
