import { simulator } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { simulatedBureauGateway } from '../app/operations/simulated-bureau.ts';

export const handler = lambdaHandler('SimulatedBureau', simulatedBureauGateway({ bureau: simulator() }));
