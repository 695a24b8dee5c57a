/** The process that is killed: production's `openUnderwriting`, whose parts tell where they are. */
import { registerHooks } from 'node:module';

import { orders, say } from './kill-points.ts';

/** What is loaded in place of what: by whom it is imported, as what, and the file that stands in. */
const STAND_INS = [
  [
    /\/local\/underwriting-process\.ts$/,
    /^\.\.\/adapters\/compose\/embedded\.ts$|^\.\/functions\.ts$/,
    './instrumented.ts',
  ],
] as const;

registerHooks({
  resolve(specifier, context, next) {
    const standIn = STAND_INS.find(
      ([importer, imported]) => importer.test(context.parentURL ?? '') && imported.test(specifier),
    );
    return next(standIn ? new URL(standIn[2], import.meta.url).href : specifier, context);
  },
});

const { openUnderwriting } = await import('../../local/underwriting-process.ts');
const underwriting = await openUnderwriting({ folder: orders.folder });
process.once('SIGTERM', () => void underwriting.close());
say({ ready: underwriting.url });
