import type { Contract, UseCase } from '../app/contracts.ts';
import type { ContractOf, DeployedName, Ports, PortsOf } from './functions.ts';
import { lambdaHandler, type LambdaHandler } from './handler.ts';

/** What makes each port, such as adapters/compose/aws.ts. */
type Makers<Needed extends Partial<Ports>> = { readonly [Name in keyof Needed]: () => Needed[Name] };

/**
 * Makes the Lambda handler of a function from the makers of its ports. The types hold use case and ports equal to the
 * function's row, and the table itself stays out of the bundle.
 */
export function entry<Name extends DeployedName>(
  _name: Name,
  contract: ContractOf<Name>,
  useCase: (ports: PortsOf<Name>) => UseCase<ContractOf<Name>>,
  makers: Makers<PortsOf<Name>>,
): LambdaHandler {
  const ports = Object.fromEntries(
    Object.entries<() => unknown>(makers).map(([port, make]) => [port, make()]),
  ) as unknown as PortsOf<Name>;
  return lambdaHandler<Contract>(contract, useCase(ports));
}
