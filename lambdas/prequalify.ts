import {
  bureau,
  clock,
  decisionCore,
  evidence,
  identities,
  ledger,
  lending,
  models,
  vault,
  workStore,
} from '../adapters/compose/aws.ts';
import { contract, prequalify } from '../app/prequalification/prequalify.ts';
import { entry } from './entry.ts';

export const handler = entry('Prequalify', contract, prequalify, {
  ledger,
  evidence,
  vault,
  identities,
  workStore,
  bureau,
  models,
  decisionCore,
  clock,
  lending,
});
