import { readFileSync } from 'node:fs';

import * as z from 'zod';

import { EvidenceDamaged, EvidenceMissing, type EvidenceStore } from '../adapters/ports.ts';
import { releaseObject } from '../domain/decision/release.ts';
import { readJson } from '../domain/json-text.ts';
import { digestOf, sha256 } from '../domain/ledger/canonical-json.ts';
import { verifyChain, type LedgerEntry } from '../domain/ledger/chain.ts';
import { CommandFailed, EXIT } from './failure.ts';
import { InputsIncomplete, type Decided } from './freeze.ts';

/** What a replay reads of a decision file of any version. The first two have nothing of the release that decided. */
const readable = z.looseObject({
  schemaVersion: z.literal([1, 2, 3]),
  kind: z.literal('UNDERWRIGHT_DECISION_FILE'),
  applicationId: z.string(),
  evidence: z.array(
    z.looseObject({
      kind: z.string(),
      address: z.string(),
      sealed: z.string(),
      value: z.json(),
      valueDigest: z.string().nullable(),
      withheld: z.boolean(),
    }),
  ),
  release: z.array(releaseObject).default([]),
  entries: z.array(z.looseObject({ type: z.string(), body: z.record(z.string(), z.unknown()) })),
});

export interface FiledDecisions extends Decided {
  readonly applicationId: string;
  readonly evidenceStore: Pick<EvidenceStore, 'get'>;
}

/**
 * What a decision file has, read as records are: each piece is held against its digests when it is asked for, the entries
 * against each other. Whether the lender signed the file is asked by verify/verify.mjs.
 * @throws CommandFailed when it is no decision file.
 */
export function readDecisionFile(path: string): FiledDecisions {
  const { applicationId, evidence, release, entries } = parsed(path);
  const pieces = new Map(evidence.map((piece) => [piece.address, piece]));
  const objects = new Map(release.map(({ digest, bytes }) => [digest, Buffer.from(bytes, 'base64')]));
  return {
    applicationId,
    ledger: {
      async read() {
        const chain = entries as unknown as LedgerEntry[];
        const [found] = verifyChain(applicationId, chain);
        if (!found) return chain;
        throw new EvidenceDamaged(`The entries of the file were changed: ${found.fault} at ${found.sequence}.`);
      },
    },
    evidence: {
      async open(_, kind, address) {
        const piece = pieces.get(address);
        if (piece?.kind !== kind) throw new EvidenceMissing(`The file does not have the ${kind} ${address}.`);
        if (sha256(Buffer.from(piece.sealed, 'base64')) !== address) {
          throw new EvidenceDamaged(`The ${kind} ${address} has other bytes than its address says.`);
        }
        if (piece.withheld) {
          throw new InputsIncomplete(
            `It rests on the ${kind} ${address}, which is withheld: ask for the file with identity.`,
          );
        }
        if (digestOf(piece.value) === piece.valueDigest) return piece.value;
        throw new EvidenceDamaged(`The ${kind} ${address}: what is shown does not have its digest.`);
      },
    },
    evidenceStore: {
      async get(digest) {
        const bytes = objects.get(digest);
        if (!bytes) throw new EvidenceMissing(`The file does not have ${digest}.`);
        if (sha256(bytes) !== digest) throw new EvidenceDamaged(`The bytes of ${digest} are others.`);
        return bytes;
      },
    },
  };
}

function parsed(path: string): z.infer<typeof readable> {
  const refused = (why: string) =>
    new CommandFailed(EXIT.USAGE, 'NotADecisionFile', `${path} ${why}: give the .json file that was exported.`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw refused('cannot be read');
  }
  const read = readJson(text);
  if (!read.ok)
    throw refused(read.fault.kind === 'NOT_JSON' ? 'is no JSON' : 'says different things to different readers');
  const { success, data } = readable.safeParse(read.value);
  if (success) return data;
  throw refused('is no decision file of version 1 to 3');
}
