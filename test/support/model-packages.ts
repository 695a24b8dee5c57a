import { readPackage } from '../../adapters/onnx/scorer.ts';
import type { Ledger, Models, PackageFiles, WorkStore } from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';
import { modelChangeId } from '../../domain/ledger/acts.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { MODELS_LEDGER } from '../../domain/models/registry.ts';
import { modelRules } from '../../domain/projections/control.ts';
import type { ModelPackage } from '../../domain/scoring/model-package.ts';

/** A package with its digest. */
export interface TestPackage {
  readonly digest: string;
  readonly files: PackageFiles;
}

/** The champion of this release. */
const CHAMPION_FOLDER = 'models/personal-loan-default/2.0.0';

export async function champion(): Promise<TestPackage> {
  const files = await readPackage(CHAMPION_FOLDER);
  return { digest: sha256(files.manifest), files };
}

/** The champion's model under a manifest of its own. */
export async function variant(change: (manifest: ModelPackage) => object): Promise<TestPackage> {
  const { files } = await champion();
  const manifest = JSON.parse(new TextDecoder().decode(files.manifest)) as ModelPackage;
  const bytes = new TextEncoder().encode(JSON.stringify({ ...manifest, ...change(manifest) }));
  return { digest: sha256(bytes), files: { ...files, manifest: bytes } };
}

/** The files of a package in base64. */
export function filesOf({ files }: Pick<TestPackage, 'files'>) {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return { manifest: base64(files.manifest), model: base64(files.model), reference: base64(files.reference) };
}

/** The members of a command that registers a package. */
export function registering(made: TestPackage): JsonObject {
  return { action: 'REGISTER', digest: made.digest, files: filesOf(made) };
}

/** Registers a package as GovernModel does, without the time of its checks. @param at UTC instant. */
export async function enrolled(
  { ledger, workStore, models }: { readonly ledger: Ledger; readonly workStore: WorkStore; readonly models: Models },
  { digest, files }: TestPackage,
  { by, at }: { readonly by: string; readonly at: string },
): Promise<void> {
  const { id: model, version } = JSON.parse(new TextDecoder().decode(files.manifest)) as ModelPackage;
  await models.keep(files);
  const before = await ledger.read(MODELS_LEDGER);
  const note = 'Its checks ran elsewhere.';
  await ledger.append(
    ledgerEvent({
      id: modelChangeId(before.length + 1),
      applicationId: MODELS_LEDGER,
      type: 'MODEL_GOVERNED',
      occurredAt: at,
      actor: by,
      body: { role: 'officer', action: 'REGISTER', digest, model, version, report: digest, note },
    }),
  );
  const [rule] = modelRules(await ledger.read(MODELS_LEDGER));
  if (rule?.repair.kind !== 'WRITE') throw new Error('The ledger determines the row of the registry.');
  const { item } = rule.repair;
  const present = await workStore.get(item.pk, item.sk);
  await (present ? workStore.replace({ ...item, version: present.version }) : workStore.create(item));
}
