import { simulator } from '../adapters/compose/aws.ts';
import { contract, simulatedBureau } from '../app/operations/simulated-bureau.ts';
import { entry } from './entry.ts';

export const handler = entry('SimulatedBureau', contract, simulatedBureau, { simulator });
