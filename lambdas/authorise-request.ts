import { tokens } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { authoriseRequest } from '../http/authorise-request.ts';

export const handler = lambdaHandler('AuthoriseRequest', authoriseRequest({ tokens: tokens() }));
