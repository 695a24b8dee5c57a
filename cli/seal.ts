import { person } from '../app/contracts.ts';
import { faultOfNote } from '../app/retention/retention.ts';
import { sealNow, type ClockConfirmed } from '../app/sealing/seal-ledger.ts';
import type { Records } from '../audit/records.ts';
import { ONE_PROCESS } from '../local/functions.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { plainLine, print, printJson, style } from './terminal.ts';

interface SealCommandOptions extends CommonOptions {
  readonly clockWasWrong?: boolean;
  readonly clockIsRight?: boolean;
  readonly by?: string;
  readonly note?: string;
}

/**
 * Seals the entries since the last seal, and prints the newest seal, to be kept outside of the data folder.
 * @returns NOT_SO where an application or the whole seal was refused, each by the name of its fault.
 */
export async function seal({ data, keyDir, json, ...options }: SealCommandOptions): Promise<ExitCode> {
  const records = await openRecords({ data, keyDir }, { readOnly: false });
  try {
    const { signed, refused } = await sealNow(records, { ...ONE_PROCESS, confirmed: confirmedBy(records, options) });
    const publicKey = await records.signer.publicKey();
    if (json) {
      const newest = signed ?? (await records.sealLog.newest()) ?? null;
      printJson({ signed: newest, new: signed !== undefined, refused, publicKey });
    } else {
      if (signed) {
        const { number, sealedAt, addedEntries, addedLeaves, root, keyId } = signed.seal;
        print(`seal ${number} of ${sealedAt}: ${addedEntries} entries of ${addedLeaves} applications`);
        print(`  root  ${root}\n  key   ${keyId}`);
        print(
          'Keep what underwright seal --json prints outside of this machine: it shows if seals are ever made again.',
        );
      } else if (refused.length === 0) print('Nothing is new since the last seal.');
      for (const { fault, applicationId, sequence, detail } of refused) {
        const where =
          applicationId === null ? '' : `${plainLine(applicationId)}${sequence === null ? '' : ` entry ${sequence}`}: `;
        print(`${style('red', fault)}  ${where}${plainLine(detail)}`);
      }
    }
    return refused.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    records.close();
  }
}

/** @throws CommandFailed where it is not said who confirms the clock, or why. */
function confirmedBy(
  records: Records,
  { clockWasWrong, clockIsRight, by, note }: Omit<SealCommandOptions, 'data'>,
): ClockConfirmed | undefined {
  const refused = (message: string) => new CommandFailed(EXIT.USAGE, 'UsageError', message);
  if (!clockWasWrong && !clockIsRight) {
    if (by === undefined && note === undefined) return undefined;
    throw refused('--by and --note confirm a clock: give --clock-was-wrong or --clock-is-right with them.');
  }
  if (clockWasWrong && clockIsRight) throw refused('Give --clock-was-wrong or --clock-is-right, not both.');
  if (!person.safeParse(by).success)
    throw refused('--by must be a user id such as r.vega: a person confirms the clock.');
  const why = note?.trim() ?? '';
  if (why.length < 10) throw refused('--note must have 10 or more characters: it stays in the seal.');
  const fault = faultOfNote(why, records);
  if (fault) throw refused(`--note ${fault}.`);
  return { clock: clockWasWrong ? 'WAS_WRONG' : 'IS_RIGHT', by: by!, note: why };
}
