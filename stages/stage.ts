/** The settings of a deployment: `stages/NAME.yaml`, with `stages/example.yaml` as the commented list of all settings. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { parseDocument, type Document } from 'yaml';
import * as z from 'zod';

import { lender, LENDING_MODES, type LendingSettings } from '../domain/lender.ts';

const FOLDER = import.meta.dirname;
const SAMPLES = join(FOLDER, '..', 'examples', 'applications');

/** The periods for which CloudWatch can keep logs, in days. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653,
] as const;

const count = () => z.int().positive();
const percent = () => z.number().min(0).max(100);
const httpsUrl = () => z.url({ protocol: /^https$/, error: 'not an https address' });

const requests = z.strictObject({
  perSecond: count().describe('The requests that the API takes in a second; it answers 429 to more'),
  atOnce: count().describe('The requests that the API takes at one time'),
  fromAddress: count()
    .min(10)
    .describe(
      'The requests of one address in five minutes; the firewall answers 403 to more. One front end has one address',
    ),
});

const alarms = z.strictObject({
  reviewAgeHours: count().describe('The hours that an application may wait for a reviewer'),
  newVersionFailures: percent().describe(
    'The failed, timed-out and held executions of a new workflow version, in percent; more roll the version back',
  ),
  bureauOutage: percent().describe('The share of requested reports that no bureau returned, in percent'),
  apiFailures: percent().describe('The requests that ended with a 5xx status, in percent of all in five minutes'),
  scoreDrift: z
    .number()
    .positive()
    .describe("The population stability index of a day's scores against the training data; 0.25 is a common limit"),
  approvalRate: z
    .tuple([percent(), percent()])
    .refine(([low, high]) => low <= high, 'not in order')
    .describe("The lowest and the highest usual share of approvals and counteroffers in a day's decisions, in percent"),
});

const issuer = z.strictObject({
  issuer: httpsUrl().describe('The address of the issuer, exactly as the `iss` claim of its tokens states it'),
  audiences: z
    .array(z.string().min(1))
    .min(1)
    .describe('The values of the `aud` claim, or of `client_id` in a token without `aud`, that the API accepts'),
  jwksUri: httpsUrl().describe("The address of the issuer's public keys"),
  rolesClaim: z
    .string()
    .min(1)
    .optional()
    .describe("The claim that lists a person's roles; cognito:groups if left out"),
  personClaim: z
    .string()
    .min(1)
    .optional()
    .describe("The claim with a person's user id; username, or else sub, if left out"),
});

const domain = z.strictObject({
  name: z.hostname().describe('The host name of the API; its DNS record points to the stack output ApiAlias'),
  certificateArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/, 'not the ARN of an ACM certificate')
    .describe('The ARN of a certificate for the host name in the region of the stage'),
});

const mail = z.strictObject({
  sender: z
    .email('not an e-mail address')
    .describe(
      'The address from which notices come, such as notices@lender.example; SES has to have verified its domain',
    ),
});

const settings = z.strictObject({
  mode: z
    .enum(LENDING_MODES)
    .describe('Whether the stage lends: `production` uses only approved policies and rate caps that counsel confirmed'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'not 12 digits')
    .optional()
    .describe('The AWS account, 12 digits in quotes; the account of the credentials if left out'),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not the name of a region')
    .optional()
    .describe('The AWS region, such as us-east-1; the region of the credentials if left out'),
  evidenceLock: z
    .enum(['GOVERNANCE', 'COMPLIANCE'])
    .describe(
      'The mode of Object Lock on evidence. COMPLIANCE is irreversible: even AWS cannot delete a locked object',
    ),
  evidenceRetentionDays: count()
    .max(36_500)
    .describe('The days for which each evidence object can be neither changed nor deleted'),
  logRetentionDays: z.literal(LOG_DAYS).describe('The days for which CloudWatch keeps logs'),
  throwaway: z
    .boolean()
    .default(false)
    .describe(
      'Whether the stage is destroyed with all its records: true only for `npm run deploy-check`, which destroys no other stage',
    ),
  backupRetentionDays: count().describe('The days for which the daily backups of ledger and work are kept'),
  trial: z
    .strictObject({
      percentage: z
        .int()
        .min(1)
        .max(99)
        .describe('The share of new executions that run the new workflow version, in percent'),
      intervalMinutes: count().max(2_100).describe('The minutes of the trial, 2,100 at most'),
    })
    .optional()
    .describe('A trial of each new workflow version; without it, a new version gets all new executions at once'),
  bureau: z
    .string()
    .refine((text) => text === 'SIMULATED' || httpsUrl().safeParse(text).success, 'not SIMULATED, nor an https address')
    .optional()
    .describe(
      'SIMULATED, or the https address of a gateway that implements domain/bureau/gateway.ts and accepts IAM signatures; ' +
        'without it, each application that needs a report waits for an operator',
    ),
  canary: z
    .strictObject({
      sample: z
        .string()
        .regex(/^[a-z0-9-]+$/, 'not a name of small letters, digits and hyphens')
        .describe('The name of an application in examples/applications'),
      everyMinutes: count().min(2).max(1_440).describe('The minutes between two submissions, a day at most'),
    })
    .describe('The sample application that the stage submits and decides at each interval'),
  requests: requests.describe('The limits of the API'),
  setsApiGatewayLogRole: z
    .boolean()
    .default(false)
    .describe(
      'Whether the stage sets the role by which API Gateway writes every log of the account in this region; true replaces ' +
        'a role that another team may have set: docs/deploy.md, "Once for each account and region"',
    ),
  alarms: alarms.describe('The limits past which operators receive an alarm'),
  operators: z
    .array(z.email('not an e-mail address'))
    .refine((addresses) => new Set(addresses).size === addresses.length, 'not a list of different addresses')
    .default([])
    .describe('The e-mail addresses that receive alarms; each receiver confirms the subscription once'),
  monthlyBudget: count().describe('The budget of the whole account in US dollars; alarms at 80 % and 100 %'),
  runbooks: z.string().min(1).describe('The address of the folder docs/runbooks for operators, without a final slash'),
  issuer: issuer
    .optional()
    .describe('The OpenID Connect issuer of the tokens that the API accepts; without it, the stage has a user pool'),
  frontEnds: z
    .array(z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'not 1 to 64 letters, digits and hyphens'))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'not a list of different names')
    .optional()
    .describe('The names of the front ends, each a client of the user pool; one named front-end if left out'),
  domain: domain.optional().describe('The host name of the API; without it, API Gateway gives an address'),
  mail: mail
    .optional()
    .describe(
      'The e-mail of notices; without it, each notice goes on paper, also to applicants who consented to e-mail',
    ),
  lender: lender.describe('The lender of record'),
});

const stageSettings = settings.superRefine((stage, context) => {
  const fault = (path: string[], message: string) =>
    context.addIssue({ code: 'custom', path, message, params: { plain: true } });
  if ((stage.account === undefined) !== (stage.region === undefined))
    fault(
      [stage.account === undefined ? 'account' : 'region'],
      'is missing: give account and region together, or neither',
    );
  if (stage.mode === 'production' && stage.bureau === 'SIMULATED')
    fault(['bureau'], 'is SIMULATED in mode production: give the address of a gateway, or leave the setting out');
  if (stage.throwaway && (stage.mode === 'production' || stage.evidenceLock === 'COMPLIANCE'))
    fault(
      ['throwaway'],
      'is true in mode production or under a COMPLIANCE lock: records of a lender are kept, so set it to false',
    );
  if (stage.region && stage.domain && stage.domain.certificateArn.split(':')[3] !== stage.region)
    fault(['domain', 'certificateArn'], `is not of the region ${stage.region}: give a certificate of that region`);
  if (stage.issuer && stage.frontEnds)
    fault(['frontEnds'], 'has no effect beside issuer: register front ends at the issuer and remove the setting');
  if (!existsSync(join(SAMPLES, `${stage.canary.sample}.json`)))
    fault(['canary', 'sample'], 'names no application in examples/applications: give the name of a file without .json');
});

/** The settings of one stage, with its name. */
export type Stage = z.infer<typeof settings> & { readonly name: string };

/** A stage that is not there, or whose file has faults: the message has one sentence for each. */
export class StageInvalid extends Error {
  override readonly name = 'StageInvalid';
}

/** `underwright-NAME-api-ACCOUNT` is the prefix of a Cognito domain: 63 - 12 - 5 - 12 = 34 characters are left. */
const MAX_NAME = 34;
const NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
const RESERVED = /aws|amazon|cognito/;

/** The names of the stages in this folder. */
export function stageNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/** The settings of a stage that its functions decide by. */
export const lendingOf = ({ mode, lender }: Stage): LendingSettings => ({ mode, lender });

/** The address from which notices are sent; undefined where the stage sends no e-mail. */
export const noticeSenderOf = ({ mail: settled }: Stage): string | undefined => settled?.sender;

/** Returns the words of a lender's texts, by kind and version: too long for the 4 KB of a function's environment variables. */
export function wordsOf({ lender: { consentTexts } }: Stage): object {
  return Object.fromEntries(
    Object.entries(consentTexts).map(([kind, texts]) => [
      kind,
      Object.fromEntries(texts.map(({ version, text }) => [version, text])),
    ]),
  );
}

/** Returns the lending settings of a stage without the words of their texts. */
export function withoutWords({ mode, lender: settings }: Stage): object {
  const consentTexts = Object.entries(settings.consentTexts).map(([kind, texts]) => [
    kind,
    texts.map(({ version, from, until }) => ({ version, from, until })),
  ]);
  return { mode, lender: { ...settings, consentTexts: Object.fromEntries(consentTexts) } };
}

/** Reads `stages/NAME.yaml`. @throws StageInvalid */
export function stageNamed(name: string): Stage {
  const names = stageNames();
  if (names.includes(name))
    return parseStage(`stages/${name}.yaml`, readFileSync(join(FOLDER, `${name}.yaml`), 'utf8'));
  throw new StageInvalid(
    `No stage is named ${JSON.stringify(name)}: give one of ${names.join(', ')}, or copy stages/example.yaml to a new file.`,
  );
}

/** Reads the file of a stage, whose name is the file's. @throws StageInvalid */
export function readStage(file: string): Stage {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new StageInvalid(`${file} cannot be read (${code}): give the path of a stage's YAML file.`);
  }
  return parseStage(file, text);
}

/**
 * Parses the settings of a stage.
 * @param file whose name without `.yaml` is the stage's: lower-case letters, digits and hyphens.
 * @throws StageInvalid with one line for each fault.
 */
export function parseStage(file: string, text: string): Stage {
  const name = basename(file, '.yaml');
  const document = parseDocument(text);
  const faults = document.errors.map(({ message }) => `${message.split('\n')[0] ?? ''} Correct the YAML.`);
  if (!NAME.test(name) || name.length > MAX_NAME || RESERVED.test(name))
    faults.push(
      `The name ${JSON.stringify(name)} cannot name stacks: use at most ${MAX_NAME} lower-case letters, digits and inner ` +
        `hyphens, begin with a letter, and leave out aws, amazon and cognito, which Cognito reserves.`,
    );
  const before = faults.length;
  const value = valueOf(document, faults);
  const isRead = document.errors.length === 0 && faults.length === before;
  const parsed = isRead ? stageSettings.safeParse(value ?? {}) : undefined;
  for (const issue of parsed?.error?.issues ?? []) faults.push(...sentences(issue, value ?? {}));
  if (parsed?.success && faults.length === 0) return { name, ...parsed.data };
  throw new StageInvalid(faults.map((fault) => `${file}: ${fault}`).join('\n'));
}

/** The content of a file. Notes what YAML finds only when it reads the values. */
function valueOf(document: Document.Parsed, faults: string[]): unknown {
  if (document.errors.length > 0) return undefined;
  try {
    const value: unknown = document.toJS();
    if (JSON.stringify(value)?.includes('{{resolve:')) {
      faults.push('A setting begins a dynamic reference of CloudFormation ({{resolve:): write its value.');
    }
    return value;
  } catch {
    faults.push('An alias (*) has no anchor (&) before it, or there are too many: write the value instead.');
    return undefined;
  }
}

/** One sentence for each fault: the setting, what is wrong and what to give. */
function sentences(issue: z.core.$ZodIssue, root: unknown): string[] {
  const path = issue.path.map(String);
  const field = path.join('.') || 'The file';
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(described(path)?.properties ?? {}).join(', ');
    return issue.keys.map((key) => `${[...path, key].join('.')} is not a setting: remove it, or use one of ${known}.`);
  }
  if (issue.code === 'custom' && issue.params?.['plain']) return [`${field} ${issue.message}.`];
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], root);
  const fix = described(path)?.description?.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  const give = fix ? `: give ${fix}` : '';
  if (value === undefined) return [`${field} is missing${give}.`];
  const problem = issue.message.replace(/^[^:]*: /, '');
  // An e-mail address is personal data, and a section would fill the screen.
  const shown = path[0] === 'operators' || typeof value === 'object' ? '' : ` ${JSON.stringify(value)},`;
  return [`${field} is${shown} ${problem}${give}.`];
}

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  /** The schema of a list's elements. */
  readonly items?: Described;
}

/** The setting at a path, or the list that an element belongs to. */
function described(path: readonly string[]): Described | undefined {
  let at = stageJsonSchema() as Described | undefined;
  for (const key of path) {
    if (/^\d+$/.test(key)) continue;
    at = (at?.items ?? at)?.properties?.[key];
  }
  return at;
}

/** The JSON Schema of a stage's file, for editors: docs/schemas/stage.json. */
export function stageJsonSchema(): object {
  return { title: 'Underwright: the settings of a stage', ...z.toJSONSchema(settings, { io: 'input' }) };
}
