import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';

import { operations } from '../../http/routes.ts';
import { apiFiles } from '../../scripts/write-openapi.ts';

const root = join(import.meta.dirname, '..', '..');

describe('The OpenAPI document', () => {
  test.each([...apiFiles()])('%s is what the routes say: write it anew with npm run openapi', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  test('has nothing that a linter finds', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      rules: {
        // On one machine the process is at 127.0.0.1, and where the stack is only its owner knows.
        'no-server-example.com': 'off',
      },
    });
    const source = readFileSync(join(root, 'docs/openapi.json'), 'utf8');
    const problems = await lintFromString({ source, config, absoluteRef: join(root, 'docs/openapi.json') });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`)).toEqual(
      [],
    );
  });

  test('describes every route, with whom it is for and what it refuses with', () => {
    const document = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')) as {
      paths: Record<string, Record<string, { operationId: string; description: string; responses: object }>>;
    };
    const described = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(described.map(({ operationId }) => operationId).sort()).toEqual(operations.map(([id]) => id).sort());
    for (const { description, responses } of described) {
      expect(description).toMatch(/^For (front-end|reviewer|auditor|officer|administrator)/);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '429', '500', '503']));
    }
  });

  test.each([
    ['decidedSince', ['2026-11-30'], ['', '2026-13-01', '2026-11-00', '30.11.2026']],
    ['cursor', ['WyJhIl0'], ['', 'no-page-gave-this', '8', '3.WyJhIl0']],
    ['Prefer', ['wait=20', 'respond-async, wait=5'], ['', 'return=minimal', 'wait=', 'wait=1s']],
  ])('is as strict as the server about %s', (parameter, taken, refused) => {
    const document = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')) as {
      paths: Record<string, Record<string, { parameters: { name: string; schema: { pattern?: string } }[] }>>;
    };
    const patterns = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ parameters }) => parameters.filter(({ name }) => name === parameter))
      .map(({ schema }) => new RegExp(schema.pattern ?? ''));
    expect(patterns.length).toBeGreaterThan(0);
    for (const value of refused) expect(patterns.filter((pattern) => pattern.test(value))).toEqual([]);
    for (const value of taken) expect(patterns.some((pattern) => pattern.test(value))).toBe(true);
  });
});
