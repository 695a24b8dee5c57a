import type {
  Clock,
  Events,
  Ledger,
  ModelRuntime,
  Models,
  PackageFiles,
  WorkItem,
  WorkStore,
} from '../../adapters/ports.ts';
import { PRODUCT_NAMES, type ProductName } from '../../domain/application/products.ts';
import { fieldErrors, type FieldError } from '../../domain/application/submission.ts';
import { localDate, type LocalDate } from '../../domain/calendar.ts';
import { modelChangeId } from '../../domain/ledger/acts.ts';
import { digestOf, sha256 } from '../../domain/ledger/canonical-json.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import {
  afterModelChange,
  championOn,
  EMPTY_REGISTRY,
  isPromoted,
  objectionTo,
  type ModelChange,
  type Registry,
} from '../../domain/models/registry.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { keys } from '../../domain/projections/keys.ts';
import { packageFaults } from '../../domain/scoring/fit.ts';
import { appendOnce } from '../append-once.ts';
import type { Output, UseCase } from '../contracts.ts';
import { affectedBy } from '../governance/affected.ts';
import { COMPILED_POLICIES, proposalsOf, versionsFrom, type Policies } from '../governance/policies.ts';
import { faultOfNote } from '../retention/retention.ts';
import { compareAndSwap, RACE_LOST, writeItem } from '../work-items.ts';
import { checkPackage } from './check-package.ts';
import { command, contract, type Command } from './command.ts';
import { modelEvent, modelOn, modelsFrom, registryIn, type ModelAsked } from './models.ts';

export { contract };

/** The number of applications of the replaced package that an answer counts. */
const MAX_COUNTED = 10_000;

export interface GovernModelPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly models: Models;
  /** Opens the packages that are to be registered. */
  readonly modelRuntime: ModelRuntime;
  readonly events: Events;
  readonly clock: Clock;
  readonly lending: LendingSettings;
}

type CommandOf<Action extends Command['action']> = Extract<Command, { action: Action }>;
type Answer = Output<typeof contract>;

/**
 * Registers a model package that passes every check, and brings it into force with two pairs of eyes: one officer registers
 * it, another promotes it. Nothing changes for days that have passed. The next call or
 * reconciliation writes an entry or an event that a call owes because it died.
 */
export function governModel(ports: GovernModelPorts, policies: Policies = COMPILED_POLICIES): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const asked = parsed.data;
    const fault = faultOfNote(asked.note, ports);
    if (fault) return rejected('note', fault);
    const call: Call = { ports, policies, asked, checked: checkedOnce(ports, asked) };
    return compareAndSwap(ports.workStore, keys.models, (present) => attempt(call, present));
  };
}

interface Call {
  readonly ports: GovernModelPorts;
  readonly policies: Policies;
  readonly asked: Command;
  /** The package to register once it passed every check; the errors of one that did not. */
  readonly checked: () => Promise<Checked | { readonly errors: FieldError[] }>;
}

interface Checked {
  readonly files: PackageFiles;
  readonly model: string;
  readonly version: string;
  /** SHA-256 of the report. */
  readonly report: string;
}

async function attempt(call: Call, present: WorkItem | undefined): Promise<Answer | typeof RACE_LOST> {
  const { ports, asked } = call;
  if (present) await record(ports, present);
  const before = present ? registryIn(present) : EMPTY_REGISTRY;
  const made = await changeOf(call, before, modelChangeId((present?.version ?? 0) + 1));
  if ('errors' in made) return { result: 'REJECTED', errors: made.errors };
  const { change, files } = made;
  const today = localDate(change.at, ports.lending.lender.timeZone);
  const objection = objectionTo(before, change, today);
  if (objection && 'repeated' in objection) {
    return answer(call, { before, after: before, change: { ...change, at: objection.repeated }, repeated: true });
  }
  const fault = objection?.fault ?? (await faultOf(call, before, change));
  if (fault) return { result: 'REJECTED', errors: [fault] };
  if (files) await ports.models.keep(files);
  const after = afterModelChange(before, change);
  const { entry: _, ...kept } = { ...change, role: asked.role, note: asked.note };
  const data = { packages: after.packages, promotions: after.promotions, change: kept };
  const written = await writeItem(ports.workStore, present, { ...keys.models, data });
  if (!written) return RACE_LOST;
  await record(ports, written);
  return answer(call, { before, after, change, repeated: false });
}

/** Returns the change that a command makes, with the files to keep. */
async function changeOf(
  { ports, asked, checked }: Call,
  before: Registry,
  entry: string,
): Promise<{ readonly change: ModelChange; readonly files?: PackageFiles } | { readonly errors: FieldError[] }> {
  const { action, digest, by } = asked;
  const at = ports.clock.now().toISOString();
  const today = localDate(at, ports.lending.lender.timeZone);
  const registered = before.packages.find((each) => each.digest === digest);
  const made = { digest, by, at, entry };
  if (action === 'REGISTER' && !registered) {
    const found = await checked();
    if ('errors' in found) return found;
    const { files, ...named } = found;
    return { change: { action, ...made, ...named }, files };
  }
  if (!registered) return { errors: [{ path: 'digest', message: 'is of no registered package: register it first' }] };
  const { model, version, report } = registered;
  const of = { ...made, model, version };
  switch (action) {
    case 'REGISTER':
      return { change: { action, ...of, report } };
    case 'PROMOTE': {
      const { product, purpose, stage, effective: date } = asked;
      return { change: { action, ...of, product, purpose, stage, date } };
    }
    case 'ROLLBACK': {
      const { product, purpose, stage } = asked;
      return { change: { action, ...of, product, purpose, stage, date: today } };
    }
    case 'RETIRE':
      return { change: { action, ...of, date: today } };
  }
}

/** Checks the package of a command at the first call, and returns the same result to later ones. */
function checkedOnce(ports: GovernModelPorts, asked: Command): Call['checked'] {
  let found: ReturnType<Call['checked']> | undefined;
  return () => (found ??= asked.action === 'REGISTER' ? checkedPackage(ports, asked) : Promise.resolve({ errors: [] }));
}

async function checkedPackage(
  { modelRuntime: runtime }: GovernModelPorts,
  { digest, files: sent }: CommandOf<'REGISTER'>,
): Promise<Checked | { readonly errors: FieldError[] }> {
  const bytesOf = (name: keyof typeof sent) => new Uint8Array(Buffer.from(sent[name], 'base64'));
  const files = {
    manifest: bytesOf('manifest'),
    model: bytesOf('model'),
    reference: bytesOf('reference'),
  };
  const actual = sha256(files.manifest);
  if (actual !== digest) {
    return {
      errors: [{ path: 'digest', message: `is not that of manifest.json, ${actual}: send the digest of the file` }],
    };
  }
  const report = await checkPackage(files, { runtime });
  const failed = report.checks.filter(({ passed }) => !passed);
  if (failed.length > 0 || report.id === null || report.version === null) {
    return { errors: failed.map(({ name, detail }) => ({ path: `files.${name}`, message: detail })) };
  }
  return { files, model: report.id, version: report.version, report: digestOf(report) };
}

/** Returns what the registry alone does not show: the policies, the package itself and the mode of the deployment. */
async function faultOf(call: Call, before: Registry, change: ModelChange): Promise<FieldError | undefined> {
  const { asked } = call;
  const today = localDate(change.at, call.ports.lending.lender.timeZone);
  switch (asked.action) {
    case 'REGISTER':
      return takenName(call, change);
    case 'PROMOTE':
      return (await misfit(call, asked)) ?? gapBefore(call, asked, before, today);
    case 'ROLLBACK': {
      const { product, purpose } = asked;
      const digest = championOn(afterModelChange(before, change), { product, purpose, date: today })?.digest;
      return digest === undefined ? undefined : misfit(call, { digest, product, effective: today });
    }
    case 'RETIRE':
      return retiresSandboxModel(call, asked, before, today);
  }
}

/** Returns the objection to a package that has the name of a released one and is another. */
async function takenName({ ports }: Call, { digest, model, version }: ModelChange): Promise<FieldError | undefined> {
  const released = await ports.models.released();
  const taken = released.some(
    (each) => each.manifest.id === model && each.manifest.version === version && each.digest !== digest,
  );
  if (!taken) return undefined;
  return {
    path: 'digest',
    message: `is not that of the released ${model}@${version}: give the package another version`,
  };
}

/** Returns what keeps a package from the policies that decide from its date on. */
async function misfit(
  { ports, policies }: Call,
  { digest, product, effective }: Pick<CommandOf<'PROMOTE'>, 'digest' | 'product' | 'effective'>,
): Promise<FieldError | undefined> {
  const { mode } = ports.lending;
  const manifest = await ports.models.manifestOf(digest);
  const proposals = await proposalsOf(ports.workStore, product);
  const versions = new Set(
    versionsFrom(proposals, { product, date: effective, mode }, policies).map(({ version }) => version),
  );
  const readers = policies[product].map(({ module }) => module).filter(({ policy }) => versions.has(policy.version));
  // Without a policy in force, the package must allow the product.
  const models = readers.length === 0 ? [undefined] : readers.map(({ model }) => model);
  const [fault] = models.flatMap((model) => packageFaults({ product, model }, manifest, mode));
  return fault === undefined
    ? undefined
    : { path: 'digest', message: `does not fit the policy of ${product}: ${fault}` };
}

/** Returns why a first promotion would leave the applications of today without a model: it ends the rule of the sandbox. */
function gapBefore(
  { ports }: Call,
  { product, purpose, stage, effective }: CommandOf<'PROMOTE'>,
  before: Registry,
  today: LocalDate,
): FieldError | undefined {
  const ends = ports.lending.mode === 'sandbox' && stage === 'CHAMPION' && !isPromoted(before, { product, purpose });
  if (!ends || effective <= today) return undefined;
  return {
    path: 'effective',
    message: `would leave applications before ${effective} without a model: promote a package from ${today} first`,
  };
}

/** Returns the objection to retiring the released package that decides in a sandbox without a promotion. */
async function retiresSandboxModel(
  { ports }: Call,
  { digest }: CommandOf<'RETIRE'>,
  before: Registry,
  date: LocalDate,
): Promise<FieldError | undefined> {
  const released = await ports.models.released();
  const { mode } = ports.lending;
  const asked = (product: ProductName): ModelAsked => ({ product, purpose: 'default', date, mode });
  const product = PRODUCT_NAMES.find((name) => modelOn(before, released, asked(name))?.digest === digest);
  return product && { path: 'digest', message: `decides on ${product} in this sandbox: promote another package first` };
}

/** Appends and publishes the change of an item. */
async function record({ ledger, events }: GovernModelPorts, item: WorkItem): Promise<void> {
  const entry = await appendOnce(ledger, modelEvent(item));
  const announcement = announcementOf(entry);
  if (announcement) await events.publish([announcement]);
}

interface Done {
  readonly before: Registry;
  readonly after: Registry;
  readonly change: ModelChange;
  readonly repeated: boolean;
}

async function answer({ ports }: Call, { before, after, change, repeated }: Done): Promise<Answer> {
  const { action, digest, model, version, at } = change;
  const done = { result: 'GOVERNED', action, digest, model, version, at, repeated } as const;
  if ((action !== 'PROMOTE' && action !== 'ROLLBACK') || change.stage !== 'CHAMPION') {
    return { ...done, inForce: [], replaced: null };
  }
  const { mode, lender } = ports.lending;
  const date = localDate(ports.clock.now().toISOString(), lender.timeZone);
  const asked: ModelAsked = { product: change.product as ProductName, purpose: change.purpose, date, mode };
  const released = await ports.models.released();
  const inForce = modelsFrom(after, released, asked).map(({ from, inForce }) => ({
    from,
    digest: inForce?.digest ?? null,
  }));
  const previous = modelOn(before, released, { ...asked, date: change.date })?.digest;
  const isReplaced =
    previous !== undefined && modelOn(after, released, { ...asked, date: change.date })?.digest !== previous;
  return { ...done, inForce, replaced: isReplaced ? await countOf(ports, previous) : null };
}

async function countOf({ workStore }: GovernModelPorts, digest: string) {
  let applications = 0;
  for await (const _ of affectedBy(workStore, digest)) {
    if (applications === MAX_COUNTED) return { digest, applications, more: true };
    applications += 1;
  }
  return { digest, applications, more: false };
}

function rejected(path: string, message: string): Answer {
  return { result: 'REJECTED', errors: [{ path, message }] };
}
