import { tokens } from '../adapters/compose/aws.ts';
import { contract, authoriseRequest } from '../http/authorise-request.ts';
import { entry } from './entry.ts';

export const handler = entry('AuthoriseRequest', contract, authoriseRequest, { tokens });
