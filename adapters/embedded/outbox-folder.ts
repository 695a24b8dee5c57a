import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { OutgoingNotice, PrintQueue } from '../ports.ts';

/** The name of the print shop's folder in a data folder. */
export const OUTBOX_FOLDER = 'outbox';

/**
 * Keeps notices for the print shop as files: `outbox/APPLICATION/NOTICE-ATTEMPT.pdf`, `.html` and `.json`. The JSON file is
 * written last, so a notice that has one is whole. The files are personal data in clear, for their owner alone, until the
 * mailing is recorded or the applicant is forgotten.
 */
export function outboxFolder(folder: string): PrintQueue {
  return {
    async add(outgoing) {
      const place = join(folder, outgoing.applicationId);
      await mkdir(place, { recursive: true, mode: 0o700 });
      const { html, pdf } = await outgoing.draw();
      const name = join(place, nameOf(outgoing));
      const { applicationId, notice, kind, attempt, dueOn, recipient } = outgoing;
      const label = { applicationId, notice, kind, attempt, dueOn, mailTo: recipient.lines };
      if (pdf) await writeWhole(`${name}.pdf`, pdf);
      await writeWhole(`${name}.html`, html);
      await writeWhole(`${name}.json`, `${JSON.stringify(label, undefined, 2)}\n`);
    },
    async discard(applicationId, notice) {
      const place = join(folder, applicationId);
      if (notice === undefined) return rm(place, { recursive: true, force: true });
      const names = await readdir(place).catch(() => []);
      const own = names.filter((name) => name.startsWith(`${notice.slice(0, 16)}-`));
      for (const name of own) await rm(join(place, name), { force: true });
      if (own.length === names.length) await rm(place, { recursive: true, force: true });
    },
    applications: () => readdir(folder).catch(() => []),
  };
}

const nameOf = ({ notice, attempt }: OutgoingNotice): string => `${notice.slice(0, 16)}-${attempt}`;

/** Writes a file whole or not at all, in place of an earlier one. */
async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const half = `${path}.half`;
  await rm(half, { force: true });
  const file = await open(half, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(half, path);
}
