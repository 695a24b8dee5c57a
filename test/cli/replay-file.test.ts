import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { DecisionFile } from '../../domain/decision/file.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { fileSigner } from '../support/file-signer.ts';
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
  await on('keys', '--out', bench.path('keys'));
});
afterAll(() => bench.remove());

const pathOf = (folder: string, id: string) => bench.path(join(folder, `${id}.decision.json`));
const replayFile = (path: string, key = bench.path('keys/seal-public.pem')) =>
  underwrightJson('replay', '--file', path, '--key', key, '--seal-key', bench.path('keys/seal-public.pem'));
const signer = fileSigner();

function changed(change: (file: DecisionFile) => void): DecisionFile {
  const file = JSON.parse(readFileSync(pathOf('plain', DECLINED), 'utf8')) as DecisionFile;
  change(file);
  return file;
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

  test.each<[string, (file: DecisionFile) => void, string]>([
    [
      'what is shown was changed',
      (file) => Object.assign(pieceOf(file, 'application').value as object, { product: 'auto-loan' }),
      'EVIDENCE_VALUE_CHANGED',
    ],
    [
      'sealed bytes were changed',
      (file) => {
        pieceOf(file, 'score').sealed = 'AAAA';
      },
      'EVIDENCE_SWAPPED',
    ],
    [
      'an entry was changed',
      (file) => {
        file.entries[1]!.actor = 'r.vega';
      },
      'CHANGED_ENTRY',
    ],
    [
      'its core was changed',
      (file) => {
        file.release.find(({ kind }) => kind === 'core')!.bytes = 'AAAA';
      },
      'RELEASE_OBJECT_SWAPPED',
    ],
  ])('in which %s does not verify and is not run, under either signature', async (_, change, name) => {
    const file = changed(change);
    const unsigned = await replayFile(bench.file('changed.json', JSON.stringify(file)));
    const faults = (names: string[]) => ({
      faults: expect.arrayContaining(names.map((each) => expect.objectContaining({ name: each }))),
    });
    expect([unsigned.code, unsigned.document['error']]).toMatchObject([
      1,
      { name: 'FileNotVerified', details: faults(['FILE_CHANGED', name]) },
    ]);
    const key = bench.file('signer.pem', signer.pem);
    const resigned = await replayFile(bench.file('resigned.json', signer.sign(file)), key);
    expect([resigned.code, resigned.document['error']]).toMatchObject([
      1,
      { name: 'FileNotVerified', details: faults([name]) },
    ]);
  });

  test.each<[string, (file: DecisionFile) => void, object]>([
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
      'it has no core',
      (file) => {
        file.release = file.release.filter(({ kind }) => kind !== 'core');
      },
      { result: 'CORE_UNAVAILABLE', detail: expect.stringContaining('The file does not have') },
    ],
    [
      'it has no model, which this release has',
      (file) => {
        file.release = file.release.filter(({ kind }) => kind !== 'model');
      },
      { result: 'DIFFERS', differences: [expect.objectContaining({ part: 'SCORE', differs: 'MODEL' })] },
    ],
  ])('that its signer changed so that %s is not reproduced, and named', async (_, change, replayed) => {
    const file = bench.file('signed.json', signer.sign(changed(change)));
    const { code, document } = await replayFile(file, bench.file('signer.pem', signer.pem));
    expect(document['replayed']).toMatchObject([replayed]);
    expect(code).toBe(1);
  });

  test('of a deployment is verified with a key of its own for seals', async () => {
    const [key, sealKey] = [bench.file('signer.pem', signer.pem), bench.path('keys/seal-public.pem')];
    const sealed = workbench(bench);
    try {
      const out = bench.path('sealed');
      expect(await underwright('seal', '--data', sealed.data)).toMatchObject({ code: 0 });
      expect(await underwright('export', DECLINED, ...asked, '--out', out, '--data', sealed.data)).toMatchObject({
        code: 0,
      });
      const text = readFileSync(join(out, `${DECLINED}.decision.json`), 'utf8');
      const file = bench.file('deployed.json', signer.sign(JSON.parse(text) as DecisionFile));
      const { code, document } = await underwrightJson('replay', '--file', file, '--key', key);
      expect([code, document['error']]).toMatchObject([1, { name: 'FileNotVerified' }]);
      const both = ['--key', key, '--seal-key', sealKey];
      expect(await underwrightJson('replay', '--file', file, ...both)).toMatchObject({
        code: 0,
        document: { same: 1 },
      });
    } finally {
      sealed.remove();
    }
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
