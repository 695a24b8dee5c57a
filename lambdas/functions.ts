/**
 * The one table of functions. Each row has the function's kind, its ports and its use case, whose file also has the contract.
 * CONTRIBUTING.md shows how to add a function: a use case, an entry in this folder, and a row here.
 *
 * Rows load their use cases on demand, so that the CDK reads the table without them. An entry imports its use case and its
 * ports by name, so that its bundle has nothing else.
 */
import type * as aws from '../adapters/compose/aws.ts';
import type { Contract, Input, Output, UseCase } from '../app/contracts.ts';

type FunctionKind =
  /** A state of the underwriting workflow. */
  | 'step'
  /** A state that waits for a person: the function returns nothing, and the task token brings the output. */
  | 'waiting'
  /** Front ends and staff call it. */
  | 'callable'
  /** A schedule or an event calls it. */
  | 'scheduled'
  /** It serves the HTTP API. */
  | 'api'
  /** A state of the batch workflow. */
  | 'batch'
  /** Only an account has it: versions, dead letters, samples, and a bureau that is a function. */
  | 'upkeep';

type Composed = typeof aws;
/** A port by the name under which adapters/compose/aws.ts makes it. */
type PortName = keyof Composed;
/** Every port by its name. */
export type Ports = { readonly [Name in PortName]: ReturnType<Composed[Name]> };

interface Row {
  readonly kind: FunctionKind;
  readonly ports: readonly PortName[];
  /** Functions that it may invoke. */
  readonly invokes?: readonly string[];
  /** A scheduled function that people may call, too. */
  readonly onDemand?: true;
  readonly load: () => Promise<{ readonly contract: Contract }>;
}

/** The module of a use case: its contract, and the use case under the function's name in camel case. */
type UseCaseModule<Name extends string, Port extends PortName> = { readonly contract: Contract } & {
  readonly [Key in Uncapitalize<Name>]: (ports: Pick<Ports, Port>) => (input: never) => Promise<unknown>;
};

/** Checks that the row's ports are enough for its use case, and that the functions that it invokes have rows. */
type Checked<Name extends string, Given extends Row, Names extends string> = {
  readonly load: () => Promise<UseCaseModule<Name, Given['ports'][number]>>;
  readonly invokes?: readonly Names[];
};

function table<const Rows extends Readonly<Record<string, Row>>>(
  rows: Rows & { readonly [Name in keyof Rows & string]: Checked<Name, Rows[Name], keyof Rows & string> },
): Rows {
  return rows;
}

export const FUNCTIONS = table({
  IntakeApplication: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'vault', 'identities', 'workStore', 'events', 'workflows', 'clock', 'lending'],
    load: () => import('../app/intake/intake-application.ts'),
  },
  Prequalify: {
    kind: 'callable',
    ports: [
      'ledger',
      'evidence',
      'vault',
      'identities',
      'workStore',
      'bureau',
      'models',
      'decisionCore',
      'clock',
      'lending',
    ],
    load: () => import('../app/prequalification/prequalify.ts'),
  },
  ValidateApplication: {
    kind: 'step',
    ports: ['ledger', 'evidence'],
    load: () => import('../app/workflow/validate-application.ts'),
  },
  ScreenApplicants: {
    kind: 'step',
    ports: ['ledger', 'evidence', 'identities', 'vault', 'workStore', 'lending', 'screeningList'],
    load: () => import('../app/workflow/screen-applicants.ts'),
  },
  ApplyPreBureauPolicy: {
    kind: 'step',
    ports: ['ledger', 'evidence', 'workStore', 'decisionCore', 'lending'],
    load: () => import('../app/workflow/apply-pre-bureau-policy.ts'),
  },
  PullBureauReport: {
    kind: 'step',
    ports: ['ledger', 'evidence', 'identities', 'workStore', 'bureau', 'lending'],
    load: () => import('../app/workflow/pull-bureau-report.ts'),
  },
  ScoreApplication: {
    kind: 'step',
    ports: ['ledger', 'evidence', 'workStore', 'models', 'decisionCore', 'lending', 'measure'],
    load: () => import('../app/workflow/score-application.ts'),
  },
  ApplyPolicy: {
    kind: 'step',
    ports: ['ledger', 'evidence', 'workStore', 'decisionCore', 'lending'],
    load: () => import('../app/workflow/apply-policy.ts'),
  },
  AwaitReview: {
    kind: 'waiting',
    ports: ['ledger', 'workStore', 'events'],
    load: () => import('../app/workflow/await-review.ts'),
  },
  RecordDecision: {
    kind: 'step',
    ports: ['ledger', 'evidence', 'workStore', 'events', 'decisionCore', 'lending'],
    load: () => import('../app/workflow/record-decision.ts'),
  },
  IssueNotices: {
    kind: 'step',
    ports: ['ledger', 'evidence', 'identities', 'workStore', 'events', 'lending'],
    load: () => import('../app/workflow/issue-notices.ts'),
  },
  NeedsAttention: {
    kind: 'waiting',
    ports: ['ledger', 'workStore', 'events'],
    load: () => import('../app/workflow/needs-attention.ts'),
  },
  CompleteTask: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'workStore', 'workflows', 'clock', 'changes', 'lending'],
    load: () => import('../app/review/complete-task.ts'),
  },
  ReadHoldIdentity: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'identities', 'clock'],
    load: () => import('../app/review/read-hold-identity.ts'),
  },
  ReadApplicantData: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'identities', 'clock'],
    load: () => import('../app/access/read-applicant-data.ts'),
  },
  SearchApplicant: {
    kind: 'callable',
    ports: ['ledger', 'identities', 'vault', 'workStore', 'clock'],
    load: () => import('../app/access/search-applicant.ts'),
  },
  WorkCase: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'workStore', 'events', 'clock', 'lending'],
    load: () => import('../app/casework/work-case.ts'),
  },
  NextCase: {
    kind: 'callable',
    ports: ['ledger', 'workStore', 'clock', 'lending'],
    load: () => import('../app/casework/next-case.ts'),
  },
  ExpireRequests: {
    kind: 'scheduled',
    ports: ['ledger', 'workStore', 'clock'],
    load: () => import('../app/casework/expire-requests.ts'),
  },
  StartAccepted: {
    kind: 'scheduled',
    ports: ['ledger', 'workStore', 'workflows', 'events', 'clock', 'lending'],
    load: () => import('../app/intake/start-accepted.ts'),
  },
  AcceptOffer: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'workStore', 'events', 'clock', 'lending', 'identities', 'screeningList'],
    load: () => import('../app/offers/accept-offer.ts'),
  },
  ClearCondition: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'workStore', 'events', 'workflows', 'clock', 'lending'],
    load: () => import('../app/offers/clear-condition.ts'),
  },
  ReopenApplication: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'workStore', 'events', 'workflows', 'clock', 'lending'],
    load: () => import('../app/reopening/reopen-application.ts'),
  },
  AmendApplication: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'workStore', 'events', 'workflows', 'clock', 'lending'],
    load: () => import('../app/reopening/amend-application.ts'),
  },
  WithdrawApplication: {
    kind: 'callable',
    ports: ['ledger', 'evidence', 'identities', 'workStore', 'events', 'functions', 'clock', 'lending'],
    invokes: ['CompleteTask'],
    load: () => import('../app/withdrawal/withdraw-application.ts'),
  },
  FrontEndApi: {
    kind: 'api',
    ports: ['changes', 'clock', 'evidence', 'functions', 'ledger', 'lending'],
    invokes: [
      'Prequalify',
      'IntakeApplication',
      'AcceptOffer',
      'ReopenApplication',
      'AmendApplication',
      'WithdrawApplication',
      'DrawNotice',
      'ReadApplicantData',
    ],
    load: () => import('../http/front-end-api.ts'),
  },
  StaffApi: {
    kind: 'api',
    ports: ['clock', 'evidence', 'functions', 'ledger', 'workStore', 'lending'],
    invokes: [
      'CompleteTask',
      'ClearCondition',
      'ReadHoldIdentity',
      'SearchApplicant',
      'WorkCase',
      'NextCase',
      'SetSwitch',
      'GovernPolicy',
      'GovernModel',
      'SetLegalHold',
      'RecordDelivery',
      'RequestForgetting',
    ],
    load: () => import('../http/staff-api.ts'),
  },
  AuditApi: {
    kind: 'api',
    ports: [
      'clock',
      'evidence',
      'evidenceStore',
      'exportSigner',
      'identities',
      'ledger',
      'sealLog',
      'vault',
      'workflows',
      'lending',
    ],
    load: () => import('../http/audit-api.ts'),
  },
  AuthoriseRequest: {
    kind: 'api',
    ports: ['tokens'],
    load: () => import('../http/authorise-request.ts'),
  },
  LapseOffers: {
    kind: 'scheduled',
    ports: ['ledger', 'evidence', 'workStore', 'events', 'workflows', 'clock', 'lending'],
    load: () => import('../app/offers/lapse-offers.ts'),
  },
  DeliverNotices: {
    kind: 'scheduled',
    onDemand: true,
    ports: [
      'ledger',
      'evidence',
      'identities',
      'workStore',
      'events',
      'noticeMail',
      'noticePdf',
      'printQueue',
      'clock',
      'measure',
      'lending',
    ],
    invokes: ['DrawNotice'],
    load: () => import('../app/notices/deliver-notices.ts'),
  },
  DrawNotice: {
    kind: 'callable',
    ports: [],
    load: () => import('../app/notices/draw-notice.ts'),
  },
  RecordDelivery: {
    kind: 'callable',
    ports: ['ledger', 'workStore', 'events', 'printQueue', 'clock', 'lending'],
    load: () => import('../app/notices/record-delivery.ts'),
  },
  RecordBounce: {
    kind: 'scheduled',
    ports: ['ledger', 'workStore', 'events', 'clock', 'lending'],
    load: () => import('../app/notices/record-bounce.ts'),
  },
  SetSwitch: {
    kind: 'callable',
    ports: ['ledger', 'workStore', 'clock'],
    load: () => import('../app/governance/set-switch.ts'),
  },
  GovernPolicy: {
    kind: 'callable',
    ports: ['ledger', 'workStore', 'models', 'clock', 'lending'],
    load: () => import('../app/governance/govern-policy.ts'),
  },
  GovernModel: {
    kind: 'callable',
    ports: ['ledger', 'workStore', 'models', 'modelRuntime', 'events', 'clock', 'lending'],
    load: () => import('../app/models/govern-model.ts'),
  },
  SetLegalHold: {
    kind: 'callable',
    ports: ['ledger', 'workStore', 'evidenceLocks', 'clock', 'lending'],
    load: () => import('../app/retention/set-legal-hold.ts'),
  },
  RequestForgetting: {
    kind: 'callable',
    ports: ['ledger', 'workStore', 'evidenceLocks', 'clock', 'lending'],
    load: () => import('../app/retention/request-forgetting.ts'),
  },
  RecordPersonalDataRead: {
    kind: 'callable',
    ports: ['ledger', 'clock'],
    load: () => import('../app/access/record-personal-data-read.ts'),
  },
  ExportDecisionFile: {
    kind: 'callable',
    ports: [
      'clock',
      'evidence',
      'evidenceStore',
      'exportSigner',
      'identities',
      'ledger',
      'sealLog',
      'vault',
      'lending',
    ],
    load: () => import('../audit/decision-file/export-decision-file.ts'),
  },
  ForgetApplicants: {
    kind: 'scheduled',
    onDemand: true,
    ports: ['ledger', 'vault', 'identities', 'workStore', 'evidenceLocks', 'events', 'printQueue', 'clock', 'lending'],
    load: () => import('../app/retention/forget-applicants.ts'),
  },
  SealLedger: {
    kind: 'scheduled',
    ports: ['ledger', 'signer', 'sealLog', 'events', 'clock', 'measure'],
    load: () => import('../app/sealing/seal-ledger.ts'),
  },
  ReconcileRecords: {
    kind: 'scheduled',
    onDemand: true,
    ports: [
      'ledger',
      'evidence',
      'evidenceStore',
      'evidenceLocks',
      'vault',
      'identities',
      'workStore',
      'workflows',
      'executions',
      'events',
      'clock',
      'lending',
    ],
    load: () => import('../audit/reconcile/reconcile-records.ts'),
  },
  RescoreBatch: {
    kind: 'batch',
    ports: ['batchFiles', 'models', 'lending'],
    load: () => import('../app/batch/rescore-batch.ts'),
  },
  SummariseBatch: {
    kind: 'batch',
    ports: ['batchFiles'],
    load: () => import('../app/batch/summarise-batch.ts'),
  },
  ArchiveHistory: {
    kind: 'scheduled',
    ports: ['ledger', 'evidence', 'identities', 'workflows', 'workStore', 'events', 'clock'],
    load: () => import('../app/workflow/archive-history.ts'),
  },
  SubmitSamples: {
    kind: 'upkeep',
    ports: ['samples', 'functions', 'workStore', 'clock', 'wait', 'measure', 'lending'],
    invokes: ['IntakeApplication'],
    load: () => import('../app/operations/submit-samples.ts'),
  },
  MeasureQueues: {
    kind: 'upkeep',
    ports: ['workStore', 'clock', 'measure'],
    load: () => import('../app/operations/measure-queues.ts'),
  },
  RedriveDeadLetters: {
    kind: 'upkeep',
    ports: ['deadLetters', 'callQueue', 'redrivable'],
    load: () => import('../app/operations/redrive-dead-letters.ts'),
  },
  ReapVersions: {
    kind: 'upkeep',
    ports: ['versions', 'clock'],
    load: () => import('../app/operations/reap-versions.ts'),
  },
  SimulatedBureau: {
    kind: 'upkeep',
    ports: ['simulator'],
    load: () => import('../app/operations/simulated-bureau.ts'),
  },
});

type Table = typeof FUNCTIONS;
/** Every function of an account. */
export type DeployedName = keyof Table;
/** Functions of some kinds. */
export type NameOfKind<Kind extends FunctionKind> = {
  [Name in DeployedName]: Table[Name]['kind'] extends Kind ? Name : never;
}[DeployedName];
/** Functions that run in a data folder and in an account. */
export type FunctionName = NameOfKind<Exclude<FunctionKind, 'upkeep'>>;
/** Functions that people call: the API of a data folder invokes these alone. */
export type CallableName =
  | NameOfKind<'callable'>
  | { [Name in DeployedName]: Table[Name] extends { readonly onDemand: true } ? Name : never }[DeployedName];

type ModuleOf<Name extends DeployedName> = Awaited<ReturnType<Table[Name]['load']>>;
export type ContractOf<Name extends DeployedName> = ModuleOf<Name>['contract'];
export type InputOf<Name extends DeployedName> = Input<ContractOf<Name>>;
export type OutputOf<Name extends DeployedName> = Output<ContractOf<Name>>;
/** The ports of a function. */
export type PortsOf<Name extends DeployedName> = Pick<Ports, Table[Name]['ports'][number]>;

/** The functions of some kinds, in the order of the table. */
export function namesOfKind<Kind extends FunctionKind>(...kinds: readonly Kind[]): NameOfKind<Kind>[] {
  const names = Object.keys(FUNCTIONS) as DeployedName[];
  return names.filter((name) =>
    (kinds as readonly FunctionKind[]).includes(FUNCTIONS[name].kind),
  ) as NameOfKind<Kind>[];
}

/** The functions that run in a data folder and in an account. */
export const FUNCTION_NAMES: readonly FunctionName[] = namesOfKind(
  'step',
  'waiting',
  'callable',
  'scheduled',
  'api',
  'batch',
);

/** The functions that people call. */
export const CALLABLE_NAMES = FUNCTION_NAMES.filter((name): name is CallableName => {
  const row: Row = FUNCTIONS[name];
  return row.kind === 'callable' || row.onDemand === true;
});

/** The functions that read one port. */
export function namesWithPort(port: PortName): DeployedName[] {
  const names = Object.keys(FUNCTIONS) as DeployedName[];
  return names.filter((name) => (FUNCTIONS[name] as Row).ports.includes(port));
}

/** The functions that a function may invoke. */
export function invokedBy(name: DeployedName): readonly FunctionName[] {
  return ((FUNCTIONS[name] as Row).invokes ?? []) as readonly FunctionName[];
}

/** A use case with its contract, as its row names them. */
export interface Loaded<Name extends DeployedName> {
  readonly contract: ContractOf<Name>;
  readonly useCase: (ports: PortsOf<Name>) => UseCase<ContractOf<Name>>;
}

/** Loads the use case and the contract of a function. */
export async function loadFunction<Name extends DeployedName>(name: Name): Promise<Loaded<Name>> {
  const loaded = (await FUNCTIONS[name].load()) as unknown as Record<string, unknown>;
  const key = `${name[0]!.toLowerCase()}${name.slice(1)}`;
  return { contract: loaded['contract'], useCase: loaded[key] } as Loaded<Name>;
}
