import { join } from 'node:path';

import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import * as z from 'zod';

import type { Aws } from './aws.ts';
import { runNode } from './deploy.ts';
import { CheckFailed } from './failure.ts';
import { outputOf, type StackState } from './stacks.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'underwright.ts');

/** An hour, the role's longest session. */
const SESSION_SECONDS = 3_600;

const application = z.object({
  applicationId: z.string(),
  status: z.string(),
  outcome: z.string().nullable(),
  settled: z.boolean(),
  task: z.string().nullable(),
});
export type Application = z.infer<typeof application>;

const verified = z.object({
  faulty: z.int(),
  verifications: z.array(
    z.object({
      applicationId: z.string(),
      entries: z.int(),
      evidence: z.int(),
      faults: z.array(z.object({ fault: z.string(), detail: z.string() })),
    }),
  ),
  seals: z.object({ seals: z.int(), faults: z.array(z.object({ fault: z.string(), detail: z.string() })) }),
  rows: z.array(z.object({ fault: z.string(), detail: z.string() })),
  executions: z.array(z.object({ fault: z.string(), detail: z.string() })),
});
type Verified = z.infer<typeof verified>;

/** The commands of an auditor, under the auditor's role and with its settings. */
export interface Auditor {
  /** The settings of the stage, such as `EXPORT_KEY_ID`. */
  readonly settings: Readonly<Record<string, string>>;
  list(signal: AbortSignal): Promise<readonly Application[]>;
  verify(signal: AbortSignal): Promise<Verified>;
}

/** Reads the settings of the stage's auditor. @throws CheckFailed when the workflow stack has no such output */
export function auditorSettings(stacks: readonly StackState[]): Record<string, string> {
  const text = outputOf(stacks, 'workflow', 'AuditorSettings');
  return Object.fromEntries(text.split(' ').map((setting) => setting.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

/** Assumes the role of the stage's auditor. The caller needs `sts:AssumeRole` on it. */
export async function becomeAuditor(
  { sts }: Aws,
  stacks: readonly StackState[],
  region: string,
  abortSignal: AbortSignal,
): Promise<Auditor> {
  const settings = auditorSettings(stacks);
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: outputOf(stacks, 'workflow', 'AuditorRoleArn'),
      RoleSessionName: 'deploy-check',
      DurationSeconds: SESSION_SECONDS,
    }),
    { abortSignal },
  );
  const { AWS_PROFILE: _, ...environment } = process.env;
  const env = {
    ...environment,
    ...settings,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
  const run = async (command: string, signal: AbortSignal, ...args: string[]): Promise<unknown> => {
    const { out, err } = await runNode([PROGRAM, command, ...args, '--aws', '--json'], { env, signal });
    const document = jsonOf(out);
    if (document === undefined)
      throw new CheckFailed(`underwright ${command} --aws gave no document: ${err.trim().slice(-500)}`);
    const { error } = document as { error?: { name: string; message: string } };
    if (error) throw new CheckFailed(`underwright ${command} --aws failed: ${error.name}: ${error.message}`);
    return document;
  };
  return {
    settings,
    list: async (signal) =>
      z.object({ applications: z.array(application) }).parse(await run('list', signal)).applications,
    verify: async (signal) => verified.parse(await run('verify', signal, '--all')),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
