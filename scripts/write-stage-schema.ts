/** Writes docs/schemas/stage.json: `npm run stage-schema`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { stageJsonSchema } from '../stages/stage.ts';

writeFileSync(
  join(import.meta.dirname, '..', 'docs', 'schemas', 'stage.json'),
  `${JSON.stringify(stageJsonSchema(), null, 2)}\n`,
);
