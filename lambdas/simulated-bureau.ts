import { simulator } from '../adapters/compose/aws.ts';
import { simulatedBureauGateway } from '../app/operations/simulated-bureau.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler('SimulatedBureau', simulatedBureauGateway({ bureau: simulator() }));
