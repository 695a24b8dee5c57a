import { readdirSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { fixturesFolder, readFixture, runFixture } from '../../local/support/fixture.ts';

const names = readdirSync(fixturesFolder)
  .filter((file) => file.endsWith('.asl.json'))
  .map((file) => file.replace('.asl.json', ''));

describe('each state machine of test/local/fixtures, run through the AWS SDK', () => {
  test.each(names)('%s ends as expected, with the expected history', async (name) => {
    const { definition, expected } = readFixture(name);
    const run = await runFixture(definition, expected);
    expect(run.events.map((event) => event.type)).toEqual(
      expected.history.map((entry) => (typeof entry === 'string' ? entry : entry[0])),
    );
    for (const [index, entry] of expected.history.entries()) {
      const event = run.events[index]!;
      expect(event.id).toBe(index + 1);
      expect(event.previousEventId).toBeLessThanOrEqual(index);
      if (typeof entry === 'string') continue;
      const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1];
      expect(details).toMatchObject(entry[1]);
    }
    expect({ status: run.status, output: run.output, error: run.error }).toEqual({
      status: expected.status,
      output: expected.output,
      error: expected.error,
    });
  });
});
