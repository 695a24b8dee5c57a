import { FUNCTIONS, loadFunction, type ContractOf, type DeployedName } from '../../lambdas/functions.ts';

const loaded: [DeployedName, unknown][] = [];
for (const name of Object.keys(FUNCTIONS) as DeployedName[]) loaded.push([name, (await loadFunction(name)).contract]);

/** The contract of every function, by name. */
export const CONTRACTS = Object.fromEntries(loaded) as { readonly [Name in DeployedName]: ContractOf<Name> };
