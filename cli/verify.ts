import { readFileSync } from 'node:fs';

import * as z from 'zod';

import type { Verification } from '../audit/verify/verification.ts';
import { signedSeal, type SignedSeal } from '../domain/ledger/seal.ts';
import { CommandFailed, EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { plainLine, print, printJson, style } from './terminal.ts';
import { verifyRecords } from './verify-records.ts';

/** Verifies one application or all of a data folder. @returns 1 when a fault was found. */
export async function verify(
  id: string | undefined,
  { data, keyDir, aws, json, all, anchor }: CommonOptions & { readonly all?: boolean; readonly anchor?: string },
): Promise<ExitCode> {
  if ((id === undefined) === !all) {
    throw new CommandFailed(EXIT.USAGE, 'UsageError', 'Name one application, or say --all: underwright verify --all');
  }
  const kept = anchor === undefined ? undefined : readAnchor(anchor);
  const records = await openRecords({ data, keyDir, aws });
  try {
    const { verifications, sealing, rows, executions } = await verifyRecords(records, { only: id, anchor: kept });
    const faulty = verifications.filter(({ faults }) => faults.length > 0);
    const others = [...sealing.faults, ...rows, ...executions];
    if (json) {
      const verified = verifications.length - faulty.length;
      printJson({ verified, faulty: faulty.length, verifications, seals: sealing, rows, executions });
    } else {
      print(inWords(verifications, others.length));
      for (const { fault, applicationId, detail } of others) {
        print(
          `${style('red', fault)}  ${applicationId === null ? '' : `${plainLine(applicationId)} `}${plainLine(detail)}`,
        );
      }
      for (const { seal, detail } of sealing.corrected) print(`Seal ${seal}: ${plainLine(detail)}`);
      if (sealing.faults.length === 0 && sealing.seals > 0)
        print(sealing.seals === 1 ? '1 seal holds.' : `${sealing.seals} seals hold.`);
    }
    return faulty.length + others.length > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    records.close();
  }
}

function readAnchor(path: string): SignedSeal {
  try {
    return z.object({ signed: signedSeal }).parse(JSON.parse(readFileSync(path, 'utf8'))).signed;
  } catch {
    throw new CommandFailed(
      EXIT.USAGE,
      'AnchorUnreadable',
      `${path} is no seal: give a file that underwright seal --json printed.`,
    );
  }
}

/** The sums, and every fault by name. @param others faults of no application, which are printed after it. */
export function inWords(verifications: readonly Verification[], others = 0): string {
  const faulty = verifications.filter(({ faults }) => faults.length > 0);
  const sum = (count: (each: Verification) => number) => verifications.reduce((total, each) => total + count(each), 0);
  const lines = faulty.flatMap(({ applicationId, faults }) =>
    faults.map(
      ({ fault, sequence, detail }) =>
        `${style('red', fault)}  ${plainLine(applicationId)}${sequence === null ? '' : ` entry ${sequence}`}: ${plainLine(detail)}`,
    ),
  );
  const forgotten = verifications.filter((each) => each.forgotten).length;
  if (forgotten > 0) lines.push(`${forgotten} forgotten: the chain and the sealed bytes hold, the key is destroyed.`);
  const counted = `${sum(({ entries }) => entries)} ledger entries, ${sum(({ evidence }) => evidence)} pieces of evidence`;
  const faults = sum((each) => each.faults.length);
  lines.push(
    faults === 0 && others === 0
      ? `${style('green', 'verified')}: ${verifications.length} application${verifications.length === 1 ? '' : 's'}, ${counted}, no fault.`
      : `${faults} fault${faults === 1 ? '' : 's'} in ${faulty.length} of ${verifications.length} applications (${counted})${others === 0 ? '' : `, ${others} besides`}.`,
  );
  return lines.join('\n');
}
