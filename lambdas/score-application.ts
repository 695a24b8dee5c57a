import { decisionCore, evidence, ledger, lending, measure, models, workStore } from '../adapters/compose/aws.ts';
import { contract, scoreApplication } from '../app/workflow/score-application.ts';
import { entry } from './entry.ts';

export const handler = entry('ScoreApplication', contract, scoreApplication, {
  ledger,
  evidence,
  workStore,
  models,
  decisionCore,
  lending,
  measure,
});
