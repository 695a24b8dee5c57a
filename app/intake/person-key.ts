import type { Vault } from '../../adapters/ports.ts';

/** The keyed digest by which a person's applications are found without knowing the person. */
export function personKey(vault: Pick<Vault, 'indexKey'>, ssn: string): Promise<string> {
  return vault.indexKey(`ssn ${ssn}`);
}
