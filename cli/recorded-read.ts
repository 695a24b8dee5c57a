import { userInfo } from 'node:os';

import { composeEmbedded } from '../adapters/compose/embedded.ts';
import { person, purpose as purposeSchema } from '../app/contracts.ts';
import type { PersonalDataRead } from '../app/personal-data.ts';
import { underwrightClient } from '../client/index.ts';
import { PERMITTED, type Action, type Role } from '../domain/access/access.ts';
import { NAMES_THE_APPLICANT } from '../domain/decision/file.ts';
import { runningProcess, silent, whileRunning } from './data-folder.ts';
import { CommandFailed, EXIT } from './failure.ts';
import { openRecords, type Place } from './open-records.ts';

/** Who says that they look, and what for: nobody is authenticated on one machine. */
export interface ReaderOptions {
  /** @default - who is logged in */
  readonly by?: string;
  readonly role: Role;
  /** @default - the command */
  readonly purpose?: string;
}

export interface Read {
  /** As it is typed, such as `trace --evidence`. */
  readonly command: string;
  readonly action: Action;
  /** Kinds of evidence that are shown. */
  readonly kinds: readonly string[];
}

/**
 * Writes into the ledger that a command shows personal data, before it does: itself, or through the process that runs on the
 * folder.
 * @throws CommandFailed where the role may not, or who looks has no name.
 */
export async function recordedRead(
  place: Place,
  applicationId: string,
  { command, action, kinds }: Read,
  { by, role, purpose = `underwright ${command}` }: ReaderOptions,
): Promise<void> {
  const refused = (message: string) => new CommandFailed(EXIT.USAGE, 'UsageError', message);
  const reader = person.safeParse(by ?? userInfo().username.toLowerCase());
  if (!reader.success) throw refused(`--by: ${reader.error.issues[0]?.message}`);
  const stated = purposeSchema.safeParse(purpose);
  if (!stated.success) throw refused(`--purpose ${stated.error.issues[0]?.message}`);
  const identity = kinds.some((kind) => NAMES_THE_APPLICANT.includes(kind));
  const needed: Action[] = action === 'READ_EVIDENCE' && identity ? [action, 'READ_IDENTITY'] : [action];
  if (!needed.every((each) => PERMITTED[role].includes(each))) {
    throw new CommandFailed(EXIT.NOT_SO, 'RoleForbidden', `${role} may not see this: docs/access.md says who may.`);
  }
  const read = { by: reader.data, role, purpose: stated.data, kinds, requestId: crypto.randomUUID() };
  try {
    const records = await openRecords(place, { readOnly: false });
    try {
      await records.recordRead(applicationId, read);
    } finally {
      records.close();
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DataFolderInUse') throw error;
    const running = await runningProcess(place.data);
    if (!running) throw error;
    if (running.state === 'SILENT') throw silent(running);
    await throughProcess(place, running.url, { ...read, applicationId, action, identity });
  }
}

interface RequestedRead extends PersonalDataRead {
  readonly applicationId: string;
  readonly action: Action;
  readonly identity: boolean;
}

/** Requests the same read from the process that runs on the folder, which records it. The answer is not used. */
async function throughProcess({ data, keyDir }: Place, url: string, read: RequestedRead): Promise<void> {
  const { applicationId, by, role, purpose, kinds, requestId, action, identity } = read;
  const embedded = composeEmbedded(data, { readOnly: true, keyFolder: keyDir });
  const token = await embedded.issuer.sign({ by, role, minutes: 5 }).finally(() => embedded.close());
  const client = underwrightClient({ url: `${url}/v1`, token });
  const params = { applicationId };
  await whileRunning(data, url, async (signal) => {
    const call = { requestId, signal, headers: { 'access-purpose': purpose ?? '' } };
    if (action === 'READ_NOTICE') {
      const { notices } = await client.call('getNotices', { params }, { signal });
      const address = notices.at(-1)?.address ?? '';
      await client.call('getNotice', { params: { ...params, notice: address } }, call);
    } else if (action === 'READ_REVIEW') await client.call('getReview', { params }, call);
    else {
      const query = { kind: [...new Set(kinds)].join(','), identity: identity ? 'true' : 'false' } as const;
      await client.call('getEvidence', { params, query }, call);
    }
  });
}
