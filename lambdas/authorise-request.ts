import { tokens } from '../adapters/compose/aws.ts';
import { authoriseRequest } from '../http/authorise-request.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler('AuthoriseRequest', authoriseRequest({ tokens: tokens() }));
