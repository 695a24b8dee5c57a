import { type PolicyModule, CompiledPolicyDamaged, verifyModule } from '@underwright/policy-compiler/module';

/**
 * Loads a compiled policy into this process.
 * @param digest SHA-256 of the module's text, from where the decision names it.
 * @throws CompiledPolicyDamaged when the text is another.
 */
export async function loadPolicyModule(moduleText: string, digest: string): Promise<PolicyModule> {
  if (!verifyModule(moduleText, digest)) {
    throw new CompiledPolicyDamaged(
      `The policy module does not have the digest ${digest}: fetch it again from where it is archived.`,
    );
  }
  const url = `data:text/javascript;base64,${Buffer.from(moduleText).toString('base64')}`;
  return (await import(url)) as PolicyModule;
}
