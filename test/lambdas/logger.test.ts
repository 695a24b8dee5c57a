import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';

import { contract } from '../../app/intake/start-accepted.ts';
import { lambdaHandler } from '../../lambdas/handler.ts';
import { functionLogger, logFailure } from '../../lambdas/logger.ts';

const SECRET = '900-01-0000';
let written = '';
beforeEach(() => {
  process.env['POWERTOOLS_LOG_LEVEL'] = 'DEBUG';
  process.env['POWERTOOLS_SERVICE_NAME'] = 'screen-applicants';
  written = '';
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env['POWERTOOLS_LOG_LEVEL'] = 'SILENT';
});

const line = () => JSON.parse(written.trim()) as Record<string, unknown>;

test('A failure is logged by the name of its error, its function and its request', async () => {
  class BureauDown extends Error {
    override readonly name = 'BureauDown';
  }
  const failing = lambdaHandler(contract, () => Promise.reject(new BureauDown(`no file for ${SECRET}`)));
  const context = { functionName: 'start-accepted', awsRequestId: 'request-1' } as Context;
  await expect(failing({ ssn: SECRET }, context)).rejects.toThrow(BureauDown);
  expect(line()).toEqual({
    level: 'ERROR',
    timestamp: expect.any(String),
    service: 'screen-applicants',
    message: 'step failed',
    function_name: 'start-accepted',
    function_request_id: 'request-1',
    cold_start: expect.any(Boolean),
    error_name: 'BureauDown',
  });
  expect(written).not.toContain(SECRET);
});

test('Every other field is dropped, however it is logged', () => {
  const logger = functionLogger();
  logger.appendKeys({ ssn: SECRET, applicant: { ssn: SECRET } });
  logger.appendPersistentKeys({ identity: SECRET });
  logger.error('step failed', { ssn: SECRET, error_name: 'StoreUnavailable', nested: { deep: [SECRET] } });
  expect(Object.keys(line()).sort()).toEqual(['error_name', 'level', 'message', 'service', 'timestamp']);
  expect(written).not.toContain(SECRET);
});

test.each([
  ['a message of its own', (logger: ReturnType<typeof functionLogger>) => logger.info(`pulled ${SECRET}`)],
  ['an error', (logger: ReturnType<typeof functionLogger>) => logger.error('step failed', new Error(SECRET))],
  ['an event', (logger: ReturnType<typeof functionLogger>) => logger.logEventIfEnabled({ ssn: SECRET }, true)],
  [
    'an error whose name is a sentence',
    (logger: ReturnType<typeof functionLogger>) => {
      const error = new Error(SECRET);
      error.name = `of ${SECRET}`;
      logFailure(logger, error);
    },
  ],
])('Whoever logs %s says nothing of an applicant', (_, log) => {
  log(functionLogger());
  expect(written).not.toBe('');
  expect(written).not.toContain(SECRET);
});
