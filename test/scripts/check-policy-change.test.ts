import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, jest, test } from '@jest/globals';

import { POLICIES } from '../../scripts/check-policy-change.ts';

// The note backtests 20,000 applications, and other suites run beside it.
jest.setTimeout(60_000);

const FOLDER = 'policies/personal-loan';

test('the note of a policy shows its difference and the applications that a backtest moves', async () => {
  const root = mkdtempSync(join(tmpdir(), 'underwright-change-'));
  try {
    const released = { id: 'personal-loan', version: '1.2.0', folder: `${FOLDER}/1.2.0` };
    const next = { ...released, version: '99.0.0', folder: `${FOLDER}/99.0.0` };
    for (const { folder } of [released, next]) {
      cpSync(join(import.meta.dirname, '../..', released.folder), join(root, folder), { recursive: true });
    }
    const path = join(root, next.folder, 'policy.yaml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replace('version: 1.2.0', 'version: 99.0.0').replace('inquiries_6m > 8', 'inquiries_6m > 2'),
    );
    const note = await POLICIES.note(root, next, released);
    expect(note).toContain('inquiries_6m > 8                      inquiries_6m > 2');
    expect(note).toMatch(/APPROVE +REFER +MANY_INQUIRIES/);
    expect(await POLICIES.note(root, next, undefined)).toContain('The first version');
  } finally {
    rmSync(root, { recursive: true });
  }
});
