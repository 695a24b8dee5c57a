/** Whether a model package serves a policy: the names, uses and bands that the policy needs, and the package declares. */
import type { ModelPurpose, ModelUse, PolicyModel } from './policy.ts';

/** What a model package declares to policies. */
export interface ModelDeclaration {
  readonly id: string;
  readonly version: string;
  readonly purpose: ModelPurpose;
  /** The products that the model may underwrite, with the uses that each may make of it. */
  readonly allowed: readonly { readonly product: string; readonly uses: readonly ModelUse[] }[];
  /** By name, in parts per million. */
  readonly cutoffs: Readonly<Record<string, number>>;
  readonly bands: Readonly<Record<string, { readonly names: readonly string[] }>>;
}

/** What a policy needs and a package does not give. */
export interface Misfit {
  readonly what: 'purpose' | 'product' | 'use' | 'cutoff' | 'band' | 'band-names';
  /** The purpose, product, use, cut-off or band. */
  readonly name: string;
  /** A predicate whose subject is the package: `has no cut-off "decline"`. */
  readonly fault: string;
}

/** Returns the input in which a policy reads a cut-off. */
export function cutoffInput(name: string): string {
  return `cutoff_${name.replaceAll('-', '_')}`;
}

/** Returns the input in which a policy reads the name of a band's range. */
export function bandInput(name: string): string {
  return name.replaceAll('-', '_');
}

/** Returns the names of all inputs that the section `model` of a policy makes; none for a text without the section. */
export function modelInputs(model: Pick<PolicyModel, 'cutoffs' | 'bands'> | undefined): string[] {
  return model ? [...model.cutoffs.map(cutoffInput), ...Object.keys(model.bands).map(bandInput)] : [];
}

const ACTS: Readonly<Record<ModelUse, string>> = {
  decide: 'decide applications',
  price: 'set rates',
  limit: 'set amounts',
};

/** Returns all that keeps a package from serving a policy; nothing where it serves. */
export function misfitsOf(
  { product, model }: { readonly product: string; readonly model: PolicyModel },
  declared: ModelDeclaration,
): Misfit[] {
  const { purpose, uses, cutoffs, bands } = model;
  const allowed = new Set(
    declared.allowed.filter((each) => each.product === product).flatMap((permission) => permission.uses),
  );
  const ofProduct: Misfit[] =
    allowed.size === 0
      ? [{ what: 'product', name: product, fault: `is not allowed for ${product}` }]
      : uses
          .filter((use) => !allowed.has(use))
          .map((use) => ({ what: 'use', name: use, fault: `is not allowed to ${ACTS[use]} of ${product} ("${use}")` }));
  return [
    ...purposeMisfits(purpose, declared.purpose),
    ...ofProduct,
    ...cutoffs
      .filter((name) => !Object.hasOwn(declared.cutoffs, name))
      .map((name) => ({ what: 'cutoff', name, fault: `has no cut-off "${name}"` }) as const),
    ...Object.entries(bands).flatMap(([name, names]) => bandMisfits(name, names, declared)),
  ];
}

function purposeMisfits(name: string, declared: string): Misfit[] {
  return name === declared ? [] : [{ what: 'purpose', name, fault: `predicts "${declared}" and not "${name}"` }];
}

function bandMisfits(name: string, names: readonly string[], { bands }: ModelDeclaration): Misfit[] {
  const declared = Object.hasOwn(bands, name) ? bands[name] : undefined;
  if (!declared) return [{ what: 'band', name, fault: `has no band "${name}"` }];
  if (declared.names.join('|') === names.join('|')) return [];
  const fault = `names the ranges of "${name}" ${declared.names.join(', ')}, and the policy ${names.join(', ')}`;
  return [{ what: 'band-names', name, fault }];
}
