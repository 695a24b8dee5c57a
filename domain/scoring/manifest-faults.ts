import { definitionOf, namesOf } from '../features/catalogue.ts';
import type { ModelPackage } from './model-package.ts';
import { reasonGroups } from './score.ts';

/** Ten times the unit in which margins are recorded: a wider tolerance would admit another model. */
const MAX_TOLERANCE = 1e-5;

/**
 * Everything that keeps a manifest from this release: features of another version, a reference that is not of its kind, and
 * rows that are not of its columns. Each fault names its member.
 */
export function manifestFaults(manifest: ModelPackage): string[] {
  return [...featureFaultsOf(manifest), ...referenceFaults(manifest), ...verificationFaults(manifest)];
}

function featureFaultsOf({ features }: ModelPackage): string[] {
  const names = namesOf(features);
  return features.flatMap(({ feature, minimum, maximum, monotone, group, missingCodes }, column) => {
    const at = `features.${column} (${feature})`;
    const definition = definitionOf(names[column] ?? '');
    if (!definition) return [`${at} is not in the feature catalog of this release.`];
    const own = `${definition.name}@${definition.version}`;
    if (feature !== own) return [`${at} is another version than ${own}, which this release computes.`];
    const faults: string[] = [];
    if (names.findIndex((name) => name === definition.name) !== column) faults.push(`${at} repeats a feature.`);
    if (group !== definition.group) faults.push(`${at} has the group ${group} instead of ${definition.group}.`);
    if (monotone !== definition.monotone) faults.push(`${at} has a direction other than the catalog's.`);
    if (minimum > maximum) faults.push(`${at} has a minimum above its maximum.`);
    if (minimum < definition.minimum || maximum > definition.maximum) {
      faults.push(`${at} has a range beyond ${definition.minimum} to ${definition.maximum}.`);
    }
    if (![minimum, maximum, ...missingCodes].every(isFloat32)) faults.push(`${at} has a number beyond float32.`);
    return faults;
  });
}

function referenceFaults({ kind, features, reference, agreement }: ModelPackage): string[] {
  const { rows, groupMeans } = reference;
  const isEnsemble = kind === 'tree-ensemble';
  const faults = rowFaults('reference.rows', rows, features.length);
  if (!isEnsemble && rows.length !== 1) faults.push(`reference.rows of kind ${kind} needs exactly one row.`);
  const expected = isEnsemble ? '' : reasonGroups({ features }).join();
  if (Object.keys(groupMeans).sort().join() !== expected) {
    faults.push(`reference.groupMeans needs ${isEnsemble ? 'no value' : 'one value for each group'} for kind ${kind}.`);
  }
  if (isEnsemble !== (agreement !== null)) {
    faults.push(`agreement needs ${isEnsemble ? 'its measured values' : 'null'} for kind ${kind}.`);
  }
  return faults;
}

function verificationFaults({ features, verification }: ModelPackage): string[] {
  const { rows, margins, pds, tolerance } = verification;
  const faults = rowFaults('verification.rows', rows, features.length);
  for (const [index, row] of rows.entries()) {
    const column = features.findIndex(
      ({ minimum, maximum }, at) => (row[at] ?? 0) < minimum || (row[at] ?? 0) > maximum,
    );
    if (column >= 0)
      faults.push(`verification.rows.${index}.${column} is outside the range of ${features[column]?.feature}.`);
  }
  if (tolerance > MAX_TOLERANCE) faults.push(`verification.tolerance is above ${MAX_TOLERANCE}.`);
  for (const [name, values] of Object.entries({ margins, pds })) {
    if (values.length !== rows.length) faults.push(`verification.${name} needs one value for each row.`);
  }
  return faults;
}

function rowFaults(member: string, rows: readonly (readonly number[])[], columns: number): string[] {
  return rows.flatMap((row, index) => {
    if (row.length !== columns) return [`${member}.${index} needs one value for each of ${columns} features.`];
    const infinite = row.findIndex((value) => !isFloat32(value));
    return infinite < 0 ? [] : [`${member}.${index}.${infinite} is not a finite float32 number.`];
  });
}

/** The model reads float32, in which a number above 3.4e38 is infinite. */
const isFloat32 = (value: number): boolean => Number.isFinite(Math.fround(value));
