import { cpSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { packagedModels } from '../../../adapters/onnx/models.ts';
import { EvidenceMissing, type EvidenceStore, type PackageFiles } from '../../../adapters/ports.ts';
import { sha256 } from '../../../domain/ledger/canonical-json.ts';
import { smallPackage } from '../../support/small-package.ts';

const RELEASED = join(import.meta.dirname, '../../../models');
const root = mkdtempSync(join(tmpdir(), 'underwright-models-'));
afterAll(() => rmSync(root, { recursive: true }));

/** An archive in memory, which counts its writes. */
function archiveOf() {
  const objects = new Map<string, Uint8Array>();
  const puts: string[] = [];
  const store = {
    put: async (bytes: Uint8Array) => {
      const address = sha256(bytes);
      objects.set(address, bytes);
      puts.push(address);
      return { address, versionId: null };
    },
    get: async (address: string) => {
      const bytes = objects.get(address);
      if (!bytes) throw new EvidenceMissing(`${address} is missing.`);
      return bytes;
    },
  };
  return { store: store as unknown as EvidenceStore, objects, puts };
}

let small: PackageFiles;
let digest: string;
let archive: ReturnType<typeof archiveOf>;
beforeAll(async () => {
  small = await smallPackage('credit-line');
  digest = sha256(small.manifest);
});
beforeEach(() => {
  archive = archiveOf();
});

test('A manifest is read from the release or the archive, and nothing is archived for it', async () => {
  const models = packagedModels(RELEASED, archive.store);
  const [released] = await models.released();
  expect(await models.manifestOf(released!.digest)).toEqual(released!.manifest);
  await expect(models.manifestOf(digest)).rejects.toThrow(expect.objectContaining({ name: 'ModelMissing' }));
  expect(archive.puts).toEqual([]);
  await models.keep(small);
  expect((await models.manifestOf(digest)).id).toBe('credit-line-default');
});

describe('A released package', () => {
  test('is archived before its first use, and opened once for calls at the same time', async () => {
    const models = packagedModels(RELEASED, archive.store);
    const [released] = await models.released();
    expect(archive.puts).toEqual([]);
    const [one, other] = await Promise.all([models.open(released!.digest), models.open(released!.digest)]);
    expect(one).toBe(other);
    expect(one.packageDigest).toBe(released!.digest);
    const { files } = released!.manifest;
    expect(new Set(archive.puts)).toEqual(new Set([files['model.onnx'], files['reference.csv'], released!.digest]));
    expect(archive.puts).toHaveLength(3);
  });

  test('opens from the archive when a later release has it no more', async () => {
    const [released] = await packagedModels(RELEASED).released();
    await packagedModels(RELEASED, archive.store).open(released!.digest);
    const later = packagedModels(root, archive.store);
    expect(await later.released()).toEqual([]);
    expect((await later.open(released!.digest)).manifest).toEqual(released!.manifest);
  });

  test('that is damaged is refused by name, and opens once it is restored', async () => {
    const folder = join(root, 'damaged');
    cpSync(RELEASED, folder, { recursive: true });
    const models = packagedModels(folder, archive.store);
    const [released] = await models.released();
    const path = join(folder, globSync('*/*/reference.csv', { cwd: folder })[0]!);
    writeFileSync(path, 'loan_amount\n1\n');
    await expect(models.open(released!.digest)).rejects.toMatchObject({ name: 'ModelPackageDamaged' });
    expect(archive.puts).toEqual([]);
    cpSync(RELEASED, folder, { recursive: true });
    expect((await models.open(released!.digest)).packageDigest).toBe(released!.digest);
  });

  test('with a manifest that cannot be read is refused by its path', async () => {
    const folder = join(root, 'unreadable');
    cpSync(RELEASED, folder, { recursive: true });
    writeFileSync(join(folder, globSync('*/*/manifest.json', { cwd: folder })[0]!), '{');
    await expect(packagedModels(folder).released()).rejects.toMatchObject({
      name: 'ModelPackageDamaged',
      message: expect.stringContaining(join(folder, '')) as unknown,
    });
  });
});

describe('A registered package', () => {
  test('is kept, and opens in another process', async () => {
    expect(await packagedModels(root, archive.store).keep(small)).toBe(digest);
    expect(archive.puts.at(-1)).toBe(digest);
    const scorer = await packagedModels(root, archive.store).open(digest);
    expect(scorer.manifest.features).toHaveLength(4);
  });

  test('is missing while any of its files is', async () => {
    await packagedModels(root, archive.store).keep(small);
    for (const file of [small.manifest, small.model, small.reference]) {
      archive.objects.delete(sha256(file));
      const models = packagedModels(root, archive.store);
      await expect(models.open(digest)).rejects.toMatchObject({ name: 'ModelMissing' });
      archive.objects.set(sha256(file), file);
      expect((await models.open(digest)).packageDigest).toBe(digest);
    }
  });

  test('is none for the digest of another archived object', async () => {
    const { address } = await archive.store.put(small.model);
    await expect(packagedModels(root, archive.store).open(address)).rejects.toMatchObject({
      name: 'ModelPackageDamaged',
    });
  });

  test('needs an archive', async () => {
    await expect(packagedModels(root).keep(small)).rejects.toThrow(/archive/);
    await expect(packagedModels(root).open(digest)).rejects.toMatchObject({ name: 'ModelMissing' });
  });
});
