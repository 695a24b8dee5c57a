import { clock, versions } from '../adapters/compose/aws.ts';
import { contract, reapVersions } from '../app/operations/reap-versions.ts';
import { entry } from './entry.ts';

export const handler = entry('ReapVersions', contract, reapVersions, { versions, clock });
