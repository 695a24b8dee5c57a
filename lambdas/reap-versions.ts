import { clock, versions } from '../adapters/compose/aws.ts';
import { reapVersions } from '../app/operations/reap-versions.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler('ReapVersions', reapVersions({ versions: versions(), clock: clock() }));
