/** The process that is killed: production's `openUnderwriting`, whose parts tell where they are. */
import { registerHooks } from 'node:module';

import { orders, say } from './kill-points.ts';

const INSTRUMENTED = ['../adapters/compose.ts', './functions.ts'];

registerHooks({
  resolve(specifier, context, next) {
    const instrumented =
      context.parentURL?.endsWith('/local/underwriting-process.ts') && INSTRUMENTED.includes(specifier);
    return next(instrumented ? new URL('./instrumented.ts', import.meta.url).href : specifier, context);
  },
});

const { openUnderwriting } = await import('../../local/underwriting-process.ts');
const underwriting = await openUnderwriting({ folder: orders.folder });
process.once('SIGTERM', () => void underwriting.close());
say({ ready: underwriting.url });
