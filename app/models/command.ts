import * as z from 'zod';

import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { isCalendarDate } from '../../domain/calendar.ts';
import { digestText } from '../../domain/ledger/digest.ts';
import { MODEL_STAGES } from '../../domain/models/registry.ts';
import { MODEL_PURPOSES } from '../../domain/scoring/model-package.ts';
import { actingRole, evidenceAddress, fieldError, instant, person, type Contract } from '../contracts.ts';

/** The largest request that registers a package. Lambda takes 6 MB for each call, and the API sends the body in another. */
export const MAX_MODEL_BODY_BYTES = 5_500_000;

/** What a change of the registry led to. */
export const governedModel = z.strictObject({
  action: z.enum(['REGISTER', 'PROMOTE', 'ROLLBACK', 'RETIRE']),
  digest: evidenceAddress,
  model: z.string(),
  version: z.string(),
  at: instant,
  /** Whether the same person had done it before. */
  repeated: z.boolean(),
  /**
   * After a promotion to champion or its rollback: the packages in force for the product from today on. Null for days
   * without one, on which applications wait for an operator.
   */
  inForce: z.array(z.strictObject({ from: z.string(), digest: evidenceAddress.nullable() })),
  /** The package that was in force before, and how many applications it scored; null where none was replaced. */
  replaced: z
    .strictObject({
      digest: evidenceAddress,
      applications: z.int().nonnegative(),
      /** Whether there are more than were counted. */
      more: z.boolean(),
    })
    .nullable(),
});

/** Registers, promotes, rolls back or retires a model package: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    governedModel.extend({ result: z.literal('GOVERNED') }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
  ]),
} as const satisfies Contract;

/** The bytes of a file. */
const base64 = z.base64('must be the bytes of the file in base64');
const packageDigest = digestText(
  'must be the SHA-256 of manifest.json, 64 lower-case hexadecimal digits: see underwright model list',
);
const note = z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2000);
const placed = {
  product: z.enum(PRODUCT_NAMES, `must be one of ${PRODUCT_NAMES.join(', ')}`),
  purpose: z.enum(MODEL_PURPOSES, `must be one of ${MODEL_PURPOSES.join(', ')}`).default('default'),
  stage: z.enum(MODEL_STAGES, `must be ${MODEL_STAGES.join(' or ')}`).default('CHAMPION'),
};

/** A package to register: the files that its digest covers. */
export const registerBody = z.strictObject({
  digest: packageDigest,
  /** manifest.json, model.onnx and reference.csv. */
  files: z.strictObject({ manifest: base64, model: base64, reference: base64 }),
  note,
});
/** `effective`: the local date from which on the package applies. */
export const promoteBody = z.strictObject({
  ...placed,
  effective: z.string().refine(isCalendarDate, 'must be a date as YYYY-MM-DD'),
  note,
});
export const rollbackBody = z.strictObject({ ...placed, note });
export const retireBody = z.strictObject({ note });

const acting = { by: person, role: actingRole('GOVERN_MODEL') };
const ofPackage = { digest: packageDigest, ...acting };
export const command = z.discriminatedUnion('action', [
  registerBody.extend({ action: z.literal('REGISTER'), ...acting }),
  promoteBody.extend({ action: z.literal('PROMOTE'), ...ofPackage }),
  rollbackBody.extend({ action: z.literal('ROLLBACK'), ...ofPackage }),
  retireBody.extend({ action: z.literal('RETIRE'), ...ofPackage }),
]);
export type Command = z.infer<typeof command>;
