import {
  clock,
  events,
  evidence,
  identities,
  ledger,
  vault,
  workStore,
  workflows,
  lending,
} from '../adapters/compose/aws.ts';
import { contract, intakeApplication } from '../app/intake/intake-application.ts';
import { entry } from './entry.ts';

export const handler = entry('IntakeApplication', contract, intakeApplication, {
  ledger,
  evidence,
  vault,
  identities,
  workStore,
  events,
  workflows,
  clock,
  lending,
});
