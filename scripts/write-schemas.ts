/** Writes the JSON Schemas of files that people write, in docs/schemas: `npm run schemas`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { modelPackageJsonSchema } from '../domain/scoring/model-package.ts';
import { stageJsonSchema } from '../stages/stage.ts';

const SCHEMAS = { 'stage.json': stageJsonSchema(), 'model-package-2.json': modelPackageJsonSchema() };

for (const [name, schema] of Object.entries(SCHEMAS)) {
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'schemas', name), `${JSON.stringify(schema, null, 2)}\n`);
}
