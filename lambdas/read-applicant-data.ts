import { clock, evidence, identities, ledger } from '../adapters/compose/aws.ts';
import { contract, readApplicantData } from '../app/access/read-applicant-data.ts';
import { entry } from './entry.ts';

export const handler = entry('ReadApplicantData', contract, readApplicantData, { ledger, evidence, identities, clock });
