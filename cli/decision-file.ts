import { readFileSync, statSync, type Stats } from 'node:fs';

import * as z from 'zod';

import { EvidenceDamaged, EvidenceMissing, type EvidenceStore } from '../adapters/ports.ts';
import { InputsIncomplete, type Decided } from '../audit/replay/freeze.ts';
import { releaseObject } from '../domain/decision/release.ts';
import { readJson } from '../domain/json-text.ts';
import { digestOf, NotCanonicalizable, sha256 } from '../domain/ledger/canonical-json.ts';
import { verifyChain, type LedgerEntry } from '../domain/ledger/chain.ts';
import { verificationKey } from '../domain/ledger/signature.ts';
import { NotADecisionFile, verifyFile, type Finding } from '../verify/verify-file.ts';
import { CommandFailed, EXIT } from './failure.ts';

/** The parts of a decision file that a replay reads. */
const readable = z.looseObject({
  schemaVersion: z.literal(3),
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
  release: z.array(releaseObject),
  entries: z.array(z.looseObject({ type: z.string(), body: z.record(z.string(), z.unknown()) })),
});

export interface FiledDecisions extends Decided {
  readonly applicationId: string;
  readonly evidenceStore: Pick<EvidenceStore, 'get'>;
}

/**
 * Verifies a decision file as verify/verify.mjs does, then reads it as records are read: each evidence object is checked
 * against its digests when it is opened.
 * @param sealKey the key of seals, where it is not that of decision files. Both are paths of PEM files.
 * @throws CommandFailed when it is no decision file, a key cannot be read, or the file does not verify.
 */
export function verifiedDecisionFile(path: string, key: string, sealKey: string = key): FiledDecisions {
  const text = textOf(path, (why) => notADecisionFile(path, why));
  const parsedFile = parsed(path, text);
  verify(path, text, key, sealKey);
  return decisionsOf(parsedFile);
}

/** @throws CommandFailed that names each check which does not hold */
function verify(path: string, text: string, key: string, sealKey: string): void {
  const [keyPem, sealKeyPem] = [key, sealKey].map((file) => {
    const unusable = () =>
      new CommandFailed(
        EXIT.USAGE,
        'KeyUnreadable',
        `${file} is no public key in PEM: give the file that the lender published, as underwright keys writes it.`,
      );
    const pem = textOf(file, unusable);
    try {
      verificationKey(pem);
    } catch {
      throw unusable();
    }
    return pem;
  });
  let findings: Finding[];
  try {
    findings = verifyFile(text, keyPem ?? '', sealKeyPem);
  } catch (error) {
    if (error instanceof NotCanonicalizable) throw notADecisionFile(path, 'has a text that is no Unicode');
    if (!(error instanceof NotADecisionFile)) throw error;
    throw notADecisionFile(path, 'is not a decision file of version 3');
  }
  const faults = findings.filter(({ holds }) => !holds).map(({ name, sentence }) => ({ name, sentence }));
  if (faults.length === 0) return;
  const named = faults.map(({ name, sentence }) => `${name}: ${sentence}`).join(' ');
  const message = `${path} does not verify, so nothing in it was run. ${named.replaceAll(/\p{C}/gu, '')} Ask the lender for the file as it was exported, and for its key.`;
  throw new CommandFailed(EXIT.NOT_SO, 'FileNotVerified', message, { faults });
}

function decisionsOf({ applicationId, evidence, release, entries }: z.infer<typeof readable>): FiledDecisions {
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

/** A file with core and model has 0.6 MB: the largest that is read, in bytes, is 50 times that. */
const MAX_BYTES = 32 * 1024 * 1024;

function textOf(path: string, refused: (why: string) => CommandFailed): string {
  let file: Stats;
  try {
    file = statSync(path);
  } catch {
    throw refused('cannot be read');
  }
  // A pipe or a device may never end.
  if (!file.isFile()) throw refused('is no regular file');
  if (file.size > MAX_BYTES) throw refused('has more than 32 MB');
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw refused('cannot be read');
  }
}

function notADecisionFile(path: string, why: string): CommandFailed {
  return new CommandFailed(EXIT.USAGE, 'NotADecisionFile', `${path} ${why}: give the .json file that was exported.`);
}

function parsed(path: string, text: string): z.infer<typeof readable> {
  const read = readJson(text);
  if (!read.ok) {
    const why = read.fault.kind === 'NOT_JSON' ? 'is no JSON' : 'says different things to different readers';
    throw notADecisionFile(path, why);
  }
  const { success, data } = readable.safeParse(read.value);
  if (success) return data;
  throw notADecisionFile(path, 'is not a decision file of version 3');
}
