import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { decisionFileJsonSchema, type DecisionFile } from '../../domain/decision/file.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { NotADecisionFile, verifyFile } from '../../verify/verify-file.ts';
import { examplePath, underwright, underwrightJson, workbench, type Workbench } from '../cli/program.ts';
import { pdfText } from '../support/pdf-text.ts';

jest.setTimeout(120_000);

const ROOT = join(import.meta.dirname, '..', '..');
const ID = 'counteroffer-tier';
const asked = ['--by', 'r.vega', '--purpose', 'Examination 2026-14'];
const on = (...args: string[]) => underwright(...args, '--data', bench.data);

let bench: Workbench;
let plain: DecisionFile;
let named: DecisionFile;
let publicKey: string;

const read = (folder: string): DecisionFile =>
  JSON.parse(readFileSync(bench.path(join(folder, `${ID}.decision.json`)), 'utf8')) as DecisionFile;

beforeAll(async () => {
  bench = workbench();
  await on('submit', examplePath(ID), '--wait');
  expect(await on('seal')).toMatchObject({ code: 0, err: '' });
  expect(await on('export', ID, ...asked, '--out', bench.path('plain'))).toMatchObject({ code: 0, err: '' });
  expect(await on('export', ID, ...asked, '--identity', '--out', bench.path('named'))).toMatchObject({
    code: 0,
    err: '',
  });
  plain = read('plain');
  named = read('named');
  publicKey = readFileSync(join(bench.data, 'seal-public.pem'), 'utf8');
});
afterAll(() => bench.remove());

const wrong = (file: unknown): string[] =>
  verifyFile(JSON.stringify(file), publicKey).flatMap(({ holds, name }) => (holds ? [] : [name]));
const clone = (file: DecisionFile): DecisionFile => structuredClone(file);

describe('A decision file', () => {
  test('has everything that the decision used, and holds', () => {
    const kinds = new Set(named.evidence.map(({ kind }) => kind));
    for (const kind of [
      'application',
      'bureau-answer',
      'bureau-report',
      'score',
      'policy',
      'decision',
      'notice',
      'history',
    ]) {
      expect(kinds).toContain(kind);
    }
    expect(named).toMatchObject({
      applicationId: ID,
      decision: { outcome: 'COUNTEROFFER' },
      policies: [{}],
      models: [{}],
    });
    expect(wrong(named)).toEqual([]);
    expect(wrong(plain)).toEqual([]);
  });

  test('names the applicant only with identity, in no form', () => {
    const page = (folder: string) => readFileSync(bench.path(join(folder, `${ID}.decision.html`)), 'utf8');
    for (const text of [JSON.stringify(plain), page('plain')]) expect(text).not.toMatch(/Casimir|Foxglove/);
    expect(plain).toMatchObject({ identity: null, evidenceKey: null });
    expect(named.identity).toMatchObject({ firstName: 'Casimir' });
    expect(page('named')).toContain('Casimir Foxglove');
  });

  test('is in the ledger with who took it out and what for, and the folder still verifies', async () => {
    expect(named.entries.at(-1)).toMatchObject({
      type: 'EVIDENCE_EXPORTED',
      actor: 'r.vega',
      body: { purpose: 'Examination 2026-14', withIdentity: true },
    });
    expect(await on('verify', '--all')).toMatchObject({ code: 0 });
  });

  test('says why on a cover page that loads nothing and runs nothing', () => {
    const page = readFileSync(bench.path(join('plain', `${ID}.decision.html`)), 'utf8');
    expect(page).toContain('Number of recently opened installment accounts');
    expect(page).not.toMatch(/<script|src=|href=/i);
    for (const heading of ['Why', 'What was seen', 'When', 'Who touched it', 'What was sent']) {
      expect(page).toContain(`<h2>${heading}</h2>`);
    }
  });

  test.each([
    ['without a purpose', ['--by', 'r.vega', '--purpose', 'short']],
    ['with a personal number for a purpose', ['--by', 'r.vega', '--purpose', 'Complaint of 900-12-3456']],
    ['by nobody', ['--by', 'R Vega', '--purpose', 'Examination 2026-14']],
  ])('is not made %s', async (_, options) => {
    const before = bench.sql('SELECT count(*) AS n FROM ledger_entries');
    expect(await on('export', ID, ...options, '--out', bench.path('refused'))).toMatchObject({ code: 2 });
    expect(bench.sql('SELECT count(*) AS n FROM ledger_entries')).toEqual(before);
  });

  test('is not made of an application that is not there', async () => {
    const { code, document } = await underwrightJson('export', 'nobody', ...asked, '--data', bench.data);
    expect(code).toBe(3);
    expect(document['error']).toMatchObject({ name: 'ApplicationNotFound' });
  });

  test('has the published JSON Schema, by which another validator takes it and refuses what is damaged', () => {
    const published = JSON.parse(readFileSync(join(ROOT, 'docs', 'schemas', 'decision-file-3.json'), 'utf8')) as object;
    expect(published).toEqual(JSON.parse(decisionFileJsonSchema()));
    const validator = new Ajv2020({ allErrors: true });
    addFormats.default(validator);
    const isValid = validator.compile(published);
    for (const file of [plain, named]) expect([isValid(file), isValid.errors]).toEqual([true, null]);
    const damages: ((file: Record<string, unknown>) => void)[] = [
      (file) => delete file['timeline'],
      (file) => (file['schemaVersion'] = 4),
      (file) => (file['added'] = 1),
      (file) => (file['evidenceKey'] = 'not a key'),
      (file) => ((file['export'] as Record<string, unknown>)['at'] = 'yesterday'),
    ];
    for (const damage of damages) {
      const file = clone(named) as unknown as Record<string, unknown>;
      damage(file);
      expect(isValid(file)).toBe(false);
    }
  });

  test.each([1, 2, 4])('of version %d is refused: there is one version', (schemaVersion) => {
    expect(() => verifyFile(JSON.stringify({ ...plain, schemaVersion }), publicKey)).toThrow(NotADecisionFile);
  });

  test('says in which state and how long after the entry before each thing happened', () => {
    const [received, validated, screened] = plain.timeline;
    expect(received).toMatchObject({ type: 'APPLICATION_RECEIVED', cause: null, latencyMs: null });
    expect(validated).toMatchObject({ type: 'APPLICATION_VALIDATED', cause: 'ValidateApplication' });
    expect(screened).toMatchObject({ type: 'APPLICANTS_SCREENED', cause: 'ScreenApplicants' });
    const last = plain.timeline.at(-1)!;
    const sum = plain.timeline.reduce((total, { latencyMs }) => total + (latencyMs ?? 0), 0);
    expect(sum).toBe(Date.parse(last.occurredAt) - Date.parse(received!.occurredAt));
  });

  test('has a cover page as a PDF with the same text, which names the applicant only with identity', () => {
    const pdf = (folder: string) => pdfText(readFileSync(bench.path(join(folder, `${ID}.decision.pdf`))));
    expect(pdf('named')).toContain('Casimir');
    expect(pdf('plain')).not.toMatch(/Casimir|Foxglove/);
    for (const words of ['Number of recently opened installment accounts', 'Who touched it', plain.signature.keyId]) {
      // Lines are broken where the page ends.
      expect(pdf('plain').replaceAll(/\s/g, '')).toContain(words.replaceAll(/\s/g, ''));
    }
  });
});

describe('Damage to a file is named, beside the signature that it breaks', () => {
  test('an entry edited', () => {
    const file = clone(plain);
    file.entries[2]!.actor = 'm.okafor';
    expect(wrong(file)).toEqual(expect.arrayContaining(['FILE_CHANGED', 'CHANGED_ENTRY']));
  });

  test('an entry left out', () => {
    const file = clone(plain);
    file.entries.splice(3, 1);
    expect(wrong(file)).toEqual(expect.arrayContaining(['FILE_CHANGED', 'SEQUENCE_GAP', 'BROKEN_LINK']));
  });

  test('two entries exchanged', () => {
    const file = clone(plain);
    file.entries.splice(3, 2, file.entries[4]!, file.entries[3]!);
    expect(wrong(file)).toEqual(expect.arrayContaining(['FILE_CHANGED', 'SEQUENCE_GAP', 'BROKEN_LINK']));
  });

  test('the sealed tail cut off', () => {
    const file = clone(plain);
    file.entries.splice(-3);
    expect(wrong(file)).toEqual(expect.arrayContaining(['FILE_CHANGED', 'ENTRIES_CUT_OFF']));
  });

  test('a piece of evidence swapped for another', () => {
    const file = clone(plain);
    file.evidence[0]!.sealed = file.evidence[1]!.sealed;
    expect(wrong(file)).toEqual(expect.arrayContaining(['FILE_CHANGED', 'EVIDENCE_SWAPPED']));
  });

  test('a decision core or a model exchanged', () => {
    for (const kind of ['core', 'model-manifest', 'model']) {
      const file = clone(plain);
      file.release.find((each) => each.kind === kind)!.bytes = 'AAAA';
      expect(wrong(file)).toEqual(['FILE_CHANGED', 'RELEASE_OBJECT_SWAPPED']);
    }
  });

  test('a piece of evidence left out', () => {
    const file = clone(plain);
    file.evidence.shift();
    expect(wrong(file)).toEqual(expect.arrayContaining(['EVIDENCE_MISSING', 'DECISION_EVIDENCE_UNKNOWN']));
  });

  test('evidence shown otherwise than it was sealed, with a digest to match', () => {
    const file = clone(named);
    const score = file.evidence.find(({ kind }) => kind === 'score')!;
    score.value = { forged: true };
    score.valueDigest = sha256('{"forged":true}');
    expect(wrong(file)).toEqual(expect.arrayContaining(['FILE_CHANGED', 'EVIDENCE_SHOWN_OTHERWISE']));
  });

  test('the decision shown otherwise', () => {
    const file = clone(plain);
    file.decision!.outcome = 'APPROVE';
    expect(wrong(file)).toEqual(expect.arrayContaining(['FILE_CHANGED', 'DECISION_DIFFERS']));
  });

  test('a seal forged', () => {
    const file = clone(plain);
    file.seal!.signedSeal.seal.sealedAt = '2020-01-01T00:00:00.000Z';
    expect(wrong(file)).toEqual(expect.arrayContaining(['FILE_CHANGED', 'SEAL_FORGED']));
  });

  test('a member said twice, of which another reader may take the other', () => {
    const text = JSON.stringify(plain).replace('{', '{"decision":{"outcome":"APPROVE"},');
    expect(verifyFile(text, publicKey).flatMap(({ holds, name }) => (holds ? [] : [name]))).toEqual(['TEXT_UNCLEAR']);
  });

  test.each<[string, (file: Record<string, unknown>) => void]>([
    ['evidence without a value', (file) => delete (file['evidence'] as Record<string, unknown>[])[0]!['value']],
    ['sealed bytes that are none', (file) => ((file['evidence'] as Record<string, unknown>[])[0]!['sealed'] = 5)],
    ['a decision that rests on nothing', (file) => (file['decision'] = {})],
    ['entries whose evidence is none', (file) => ((file['entries'] as { body: object }[])[0]!.body = { evidence: 5 })],
    ['a key that is none', (file) => (file['evidenceKey'] = {})],
  ])('%s, as a file that is none', (_, damage) => {
    const file = clone(plain) as unknown as Record<string, unknown>;
    damage(file);
    expect(() => verifyFile(JSON.stringify(file), publicKey)).toThrow(NotADecisionFile);
  });

  test('a file that is none', () => {
    expect(() => verifyFile('{}', publicKey)).toThrow(NotADecisionFile);
    expect(() => verifyFile('not JSON', publicKey)).toThrow(NotADecisionFile);
  });
});

describe('The verifier', () => {
  const run = promisify(execFile);
  const verifier = join(ROOT, 'verify', 'verify.mjs');

  test('is run with a file and a public key alone, and says what holds', async () => {
    const file = bench.path(join('plain', `${ID}.decision.json`));
    const { stdout } = await run(process.execPath, [verifier, file, '--key', join(bench.data, 'seal-public.pem')]);
    expect(stdout).toMatch(/holds +SEAL: Seal 1 of .* has the first \d+ entries; 1 newer is not sealed yet/);
    expect(stdout).toMatch(/The file holds\.\n$/);
  });

  test('ends with 1 for a file that does not hold and 2 for a command line that is none', async () => {
    const changed = bench.file('changed.json', JSON.stringify({ ...plain, product: 'auto-loan' }));
    await expect(
      run(process.execPath, [verifier, changed, '--key', join(bench.data, 'seal-public.pem')]),
    ).rejects.toMatchObject({ code: 1 });
    await expect(run(process.execPath, [verifier])).rejects.toMatchObject({ code: 2 });
  });

  test('says on an older Node which one it needs, before it reads TypeScript', async () => {
    const older = 'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.0.0" })';
    await expect(
      run(process.execPath, ['--import', older, '--no-strip-types', verifier, 'a.json', '--key', 'a.pem']),
    ).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/^The verifier runs on Node 24 or newer/) });
  });
});
