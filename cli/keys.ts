import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { verificationKey } from '../domain/ledger/signature.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './run-options.ts';
import { print, printJson } from './terminal.ts';

/** Writes the public keys with which an examiner checks seals and decision files. */
export async function writeKeys({
  data,
  keyDir,
  aws,
  json,
  out,
}: CommonOptions & { readonly out: string }): Promise<ExitCode> {
  const records = await openRecords({ data, keyDir, aws });
  try {
    const keys = { seal: await records.signer.publicKey(), export: await records.exportSigner.publicKey() };
    mkdirSync(out, { recursive: true });
    const written = Object.entries(keys).map(([of, pem]) => {
      const file = join(out, `${of}-public.pem`);
      writeFileSync(file, pem);
      return { of, file, keyId: verificationKey(pem).keyId };
    });
    if (json) printJson({ keys: written });
    else for (const { file, keyId } of written) print(`${file}  ${keyId}`);
    return EXIT.OK;
  } finally {
    records.close();
  }
}
