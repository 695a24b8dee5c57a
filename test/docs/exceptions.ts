/** Command lines of a block that test/docs/commands.test.ts does not run, by their first words, with the reason. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'npm ci': 'It would replace the packages that run the test.',
  'npm test': 'The test is a part of it.',
  'npm run test:quick': 'It runs tests that `npm test` runs.',
  'npm run test:minutes': 'It runs every test.',
  'npm run properties': 'It takes an hour. `.ci/run` runs a tenth of it.',
  'npm run typecheck': '`.ci/run` runs it, and `npm test` has a time limit.',
  'npm run lint': '`.ci/run` runs it.',
  'npm run format': 'It rewrites files. `.ci/run` runs `format:check`.',
  'npm run check-package': '`.ci/run` runs it.',
  'npm pack': '`npm run check-package` runs it, in `.ci/run`.',
  'npm install ./underwright-0.1.0.tgz': '`npm run check-package` runs it, in `.ci/run`.',
  'npx underwright demo --once': '`npm run check-package` runs it from the package, in `.ci/run`.',
  'npm run synth': '`.ci/run` runs it. test/lib synthesises every stack.',
  'npm run deploy-check': 'It needs an AWS account. test/scripts/deploy-check.test.ts runs it against moto.',
  'npx cdk bootstrap': 'It needs an AWS account.',
  'npx cdk deploy': 'It needs an AWS account.',
  'node bin/underwright.mjs COMMAND': 'It is the form of every command.',
  'export $(aws': 'It reads a deployment in an AWS account.',
  'NAME=$(aws': 'It reads a deployment in an AWS account.',
  'LEDGER_TABLE=NEW':
    'It reads restored tables in an AWS account. test/cli/aws-records.test.ts runs the command on loopback.',
  'node verify/verify.mjs ID.decision.json --key export-public.pem':
    'Only a deployment signs files and seals with two keys. test/cli/aws-records.test.ts has such a file.',
  'underwright replay --file ID.decision.json --key export-public.pem':
    'Only a deployment signs files and seals with two keys. test/cli/aws-records.test.ts has such a file.',
  'underwright verify --all --aws': 'It reads an AWS account. test/cli/aws-records.test.ts runs it on loopback.',
  'underwright search person.json': 'It needs the file of a person. test/cli/commands.test.ts runs it with one.',
  'node bin/underwright.mjs start --data DIR --stage STAGE.yaml':
    'It needs a mail server. test/adapters/smtp.test.ts sends through one.',
  'node bin/underwright.mjs notices':
    'It draws every notice of the demo. test/app/deliver-notices.test.ts sends and records one.',
  aws: 'It needs an AWS account.',
  cat: 'It shows the file that the line before it wrote.',
  'unset AWS_': 'It sets variables of the shell for the line below it.',
  'export AWS_': 'It sets variables of the shell for the line below it.',
};

/** Commands that end otherwise than with 0 on the demo's data folder, where their page prints no exit code. */
export const EXITS: Readonly<Record<string, { readonly exit: number; readonly reason: string }>> = {
  'underwright seal --clock-was-wrong --by r.vega --note "The clock was set 400 days ahead."': {
    exit: 1,
    reason: 'No clock of the demo was wrong, so there is nothing to correct.',
  },
  'underwright forget ID --by r.vega --note "Asked by letter, identity checked."': {
    exit: 1,
    reason: 'The page shows the denial: law keeps the records of an application that was decided today.',
  },
};
