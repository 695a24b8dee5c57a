import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { DecisionFile } from '../../domain/decision/file.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { examplePath, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

const DECLINED = 'decline-by-model';
const REVIEWED = 'refer-declined';
const asked = ['--by', 'r.vega', '--purpose', 'Examination 2026-14'];

let bench: Workbench;
beforeAll(async () => {
  bench = workbench();
  const on = async (...args: string[]) =>
    expect(await underwright(...args, '--data', bench.data)).toMatchObject({ code: 0, err: '' });
  await on('submit', examplePath(DECLINED), '--wait');
  await on('submit', examplePath(REVIEWED), '--wait');
  const review = ['--action', 'DECLINE', '--reason', 'AA22', '--note', 'Several recent inquiries.'];
  await on('review', REVIEWED, '--by', 'r.vega', ...review);
  await on('export', DECLINED, ...asked, '--out', bench.path('plain'));
  await on('export', REVIEWED, ...asked, '--out', bench.path('plain'));
  await on('export', REVIEWED, ...asked, '--identity', '--out', bench.path('named'));
});
afterAll(() => bench.remove());

const pathOf = (folder: string, id: string) => bench.path(join(folder, `${id}.decision.json`));
const replayFile = (path: string) => underwrightJson('replay', '--file', path);

/** A file with something in it changed, replayed. */
async function changed(change: (file: DecisionFile) => void) {
  const file = JSON.parse(readFileSync(pathOf('plain', DECLINED), 'utf8')) as DecisionFile;
  change(file);
  return replayFile(bench.file('changed.json', JSON.stringify(file)));
}
const pieceOf = ({ evidence }: DecisionFile, kind: string) => evidence.find((each) => each.kind === kind)!;

describe('A decision file', () => {
  test('is replayed from itself alone, with the core and the model that are in it', async () => {
    const { code, document } = await replayFile(pathOf('plain', DECLINED));
    const { decision } = JSON.parse(readFileSync(pathOf('plain', DECLINED), 'utf8')) as DecisionFile;
    expect(document).toMatchObject({
      same: 1,
      differ: 0,
      cores: [{ core: decision?.core, archived: true, decisions: 1 }],
      replayed: [{ applicationId: DECLINED, result: 'SAME' }],
    });
    expect(code).toBe(0);
  });

  test('without identity says that a reviewer’s note is withheld, and with it is replayed', async () => {
    const plain = await replayFile(pathOf('plain', REVIEWED));
    expect(plain.document['replayed']).toMatchObject([
      {
        result: 'INPUT_DAMAGED',
        detail: expect.stringMatching(/review .* is withheld: ask for the file with identity/),
      },
    ]);
    expect(plain.code).toBe(1);
    expect(await replayFile(pathOf('named', REVIEWED))).toMatchObject({ code: 0, document: { same: 1 } });
  });

  test.each<[string, (file: DecisionFile) => void, object]>([
    [
      'what is shown was changed',
      (file) => Object.assign(pieceOf(file, 'application').value as object, { product: 'auto-loan' }),
      { result: 'INPUT_DAMAGED' },
    ],
    [
      'sealed bytes were changed',
      (file) => {
        pieceOf(file, 'score').sealed = 'AAAA';
      },
      { result: 'INPUT_DAMAGED' },
    ],
    [
      'an entry was changed',
      (file) => {
        file.entries[1]!.actor = 'somebody';
      },
      { result: 'INPUT_DAMAGED' },
    ],
    [
      'an input and its digest were changed',
      (file) => {
        const score = pieceOf(file, 'score');
        Object.assign((score.value as { result: object }).result, { marginMicros: 1 });
        score.valueDigest = digestOf(score.value);
      },
      { result: 'DIFFERS', differences: expect.arrayContaining([expect.objectContaining({ part: 'SCORE' })]) },
    ],
    [
      'its core was changed',
      (file) => {
        file.release.find(({ kind }) => kind === 'core')!.bytes = 'AAAA';
      },
      { result: 'CORE_UNAVAILABLE' },
    ],
    [
      'it has no core',
      (file) => {
        file.release = file.release.filter(({ kind }) => kind !== 'core');
      },
      { result: 'CORE_UNAVAILABLE', detail: expect.stringContaining('The file does not have') },
    ],
    [
      'it has no model, whatever this release has',
      (file) => {
        file.release = file.release.filter(({ kind }) => kind !== 'model');
      },
      { result: 'DIFFERS', differences: [expect.objectContaining({ part: 'SCORE', differs: 'MODEL' })] },
    ],
  ])('in which %s is not reproduced, and named', async (_, change, replayed) => {
    const { code, document } = await changed(change);
    expect(document['replayed']).toMatchObject([replayed]);
    expect(code).toBe(1);
  });

  test('that is none is refused with the way out', async () => {
    for (const path of [
      bench.file('none.json', '{}'),
      bench.file('text.json', 'no JSON'),
      bench.path('nowhere.json'),
    ]) {
      const { code, document } = await replayFile(path);
      expect([code, document['error']]).toMatchObject([2, { name: 'NotADecisionFile' }]);
    }
    expect(await underwright('replay', DECLINED, '--file', pathOf('plain', DECLINED))).toMatchObject({ code: 2 });
  });
});
