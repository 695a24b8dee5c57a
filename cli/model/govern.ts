import { modelOn, registryOf } from '../../app/models/models.ts';
import type { Records } from '../../audit/records.ts';
import { PRODUCT_NAMES, type ProductName } from '../../domain/application/products.ts';
import { localDate } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { isDigest } from '../../domain/ledger/digest.ts';
import { championOn, shadowsOn, type ModelStage, type Registry } from '../../domain/models/registry.ts';
import { openFolder, requireFolder } from '../data-folder.ts';
import { CommandFailed, EXIT, type ExitCode } from '../failure.ts';
import { openRecords } from '../open-records.ts';
import { policyAffected } from '../policy/affected.ts';
import { releasedModels } from '../released-model.ts';
import { processOptions, type CommonOptions, type RunOptions } from '../run-options.ts';
import { fieldErrorLines } from '../submit.ts';
import { plainLine, print, printJson, style } from '../terminal.ts';
import { filesOf } from './folder.ts';

/** A data folder has a stage of its own: here `--stage` is the stage of a promotion. */
interface GovernOptions extends Omit<RunOptions, 'stage'> {
  readonly by: string;
  readonly note: string;
}

interface PlaceOptions extends GovernOptions {
  readonly product: ProductName;
  readonly stage: ModelStage;
}

/** Registers the package of a folder. */
export function modelRegister(folder: string, options: GovernOptions): Promise<ExitCode> {
  const files = filesOf(folder, ['manifest.json', 'model.onnx', 'reference.csv']);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return govern(options, async () => ({
    action: 'REGISTER',
    digest: sha256(files['manifest.json']),
    files: {
      manifest: base64(files['manifest.json']),
      model: base64(files['model.onnx']),
      reference: base64(files['reference.csv']),
    },
  }));
}

/** Promotes a registered package. */
export function modelPromote(
  reference: string,
  options: PlaceOptions & { readonly effective?: string },
): Promise<ExitCode> {
  const { product, stage, ...own } = options;
  return govern(own, async (records) => {
    const { effective = todayIn(records) } = options;
    return { action: 'PROMOTE', digest: await digestIn(records, reference), product, stage, effective };
  });
}

/** Withdraws the promotions of a package from today on; without a reference, of the champion of today. */
export function modelRollback(reference: string | undefined, options: PlaceOptions): Promise<ExitCode> {
  const { product, stage, ...own } = options;
  return govern(own, async (records) => {
    const digest = reference === undefined ? await championIn(records, product) : await digestIn(records, reference);
    return { action: 'ROLLBACK', digest, product, stage };
  });
}

/** Retires a package that is not in force. */
export function modelRetire(reference: string, options: GovernOptions): Promise<ExitCode> {
  return govern(options, async (records) => ({ action: 'RETIRE', digest: await digestIn(records, reference) }));
}

/** Lists the applications that a package scored. */
export async function modelAffected(
  reference: string,
  options: Parameters<typeof policyAffected>[1],
): Promise<ExitCode> {
  const records = await openRecords(options);
  const digest = await digestIn(records, reference).finally(() => records.close());
  return policyAffected(digest, options);
}

const EFFECTS = {
  REGISTER: 'registered, to be promoted by another officer',
  PROMOTE: 'promoted',
  ROLLBACK: 'rolled back from today on',
  RETIRE: 'retired',
} as const;

/** @returns NOT_SO for a refused command, whose faults are printed. */
async function govern(options: GovernOptions, commandOf: (records: Records) => Promise<JsonObject>): Promise<ExitCode> {
  requireFolder(options.data);
  const { by, note } = options;
  const folder = await openFolder(processOptions(options));
  try {
    const answer = await folder.invoke('GovernModel', { ...(await commandOf(folder.records)), by, note });
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else {
      const { action, model, version, digest, repeated, inForce, replaced } = answer;
      const before = repeated ? ' (already before)' : '';
      print(`${plainLine(model)}@${version}  ${EFFECTS[action]}${before}  ${digest}`);
      for (const day of inForce)
        print(
          `  from ${day.from}: ${day.digest ? await nameIn(folder.records, day.digest) : style('red', 'no model, so applications wait under ModelNotPromoted')}`,
        );
      if (replaced) {
        const count = `${replaced.more ? 'more than ' : ''}${replaced.applications}`;
        print(
          `  applications scored by the package before, ${await nameIn(folder.records, replaced.digest)}: ${count}`,
        );
      }
    }
    return answer.result === 'GOVERNED' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

const todayIn = ({ lending }: Pick<Records, 'lending'>): string =>
  localDate(new Date().toISOString(), lending.lender.timeZone);

async function championIn(records: Records, product: ProductName): Promise<string> {
  const day = { product, purpose: 'default', date: todayIn(records) } as const;
  const champion = championOn(await registryOf(records.workStore), day);
  if (champion) return champion.digest;
  throw new CommandFailed(EXIT.NOT_SO, 'ModelNotPromoted', `No promoted model of ${product} is in force today.`);
}

/** @param reference ID@VERSION of a registered or released package, or a digest. @throws CommandFailed */
async function digestIn({ workStore }: Records, reference: string): Promise<string> {
  if (isDigest(reference)) return reference;
  const { packages } = await registryOf(workStore);
  const registered = packages.find(({ model, version }) => `${model}@${version}` === reference);
  if (registered) return registered.digest;
  const released = (await releasedModels()).find(({ manifest: { id, version } }) => `${id}@${version}` === reference);
  if (released) return released.digest;
  throw new CommandFailed(
    EXIT.USAGE,
    'ModelUnknown',
    `There is no model ${plainLine(reference)}: name ID@VERSION or a digest, as "underwright model list" prints them.`,
  );
}

/** Names a package by ID@VERSION, with its digest. */
async function nameIn({ workStore }: Records, digest: string): Promise<string> {
  const { packages } = await registryOf(workStore);
  const registered = packages.find((each) => each.digest === digest);
  const released = (await releasedModels()).find((each) => each.digest === digest)?.manifest;
  const [model, version] = registered ? [registered.model, registered.version] : [released?.id, released?.version];
  return model === undefined ? digest : `${plainLine(model)}@${version}  ${digest}`;
}

/** Prints the registry, and the champion and the shadows of each product on a date. */
export async function modelList(options: CommonOptions & { readonly on?: string }): Promise<ExitCode> {
  const records = await openRecords(options);
  try {
    const { on = todayIn(records) } = options;
    const registered = await registryOf(records.workStore);
    const released = await releasedModels();
    const inForce = PRODUCT_NAMES.map((product) => {
      const day = { product, purpose: 'default', date: on } as const;
      const champion = modelOn(registered, released, { ...day, mode: records.lending.mode }) ?? null;
      return { product, champion, shadows: shadowsOn(registered, day).map(({ digest }) => digest) };
    });
    const named = released.map(({ digest, manifest: { id, version } }) => ({ digest, model: id, version }));
    if (options.json) printJson({ on, inForce, released: named, ...registered });
    else printRegistry({ on, inForce, named, registered });
    return inForce.every(({ champion }) => champion !== null) ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    records.close();
  }
}

interface Listed {
  readonly on: string;
  readonly inForce: readonly {
    readonly product: string;
    readonly champion: { readonly digest: string; readonly promotion: string | null } | null;
    readonly shadows: readonly string[];
  }[];
  /** The packages of the release. */
  readonly named: readonly { readonly digest: string; readonly model: string; readonly version: string }[];
  readonly registered: Registry;
}

function printRegistry({ on, inForce, named, registered: { packages, promotions } }: Listed): void {
  const nameOf = (digest: string): string => {
    const found = [...packages, ...named].find((each) => each.digest === digest);
    return found ? `${plainLine(found.model)}@${found.version}` : digest;
  };
  const isChampionOn = (product: string, digest: string): boolean =>
    inForce.some((each) => each.product === product && each.champion?.digest === digest);
  print(`In force on ${on}`);
  for (const { product, champion, shadows } of inForce) {
    const why = champion?.promotion === null ? '  released, no promotion in this sandbox' : '';
    print(`  ${product.padEnd(14)} ${champion ? `${nameOf(champion.digest)}${why}` : style('red', 'none')}`);
    for (const shadow of shadows) print(`  ${''.padEnd(14)} ${nameOf(shadow)}  shadow`);
  }
  print(packages.length === 0 ? 'No package is registered.' : 'Registered packages');
  for (const { digest, registered, retired } of packages) {
    print(`  ${nameOf(digest)}  ${digest}`);
    print(`    registered by ${plainLine(registered.by)} at ${registered.at}`);
    for (const each of promotions.filter((promotion) => promotion.digest === digest)) {
      const { product, stage, effective, promoted, withdrawn } = each;
      const isReplaced = stage === 'CHAMPION' && effective <= on && !isChampionOn(product, digest);
      const until = withdrawn
        ? `, withdrawn from ${withdrawn.from} by ${plainLine(withdrawn.by)}`
        : isReplaced
          ? ', replaced'
          : '';
      print(`    ${stage} of ${product} from ${effective}, promoted by ${plainLine(promoted.by)}${until}`);
    }
    if (retired) print(`    retired from ${retired.from} by ${plainLine(retired.by)}`);
  }
}
