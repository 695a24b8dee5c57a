import * as z from 'zod';

/**
 * Values that a schema takes: each choice of each field at least once, the other fields at their first choice.
 * @throws for a kind of schema it does not know, so that no part of a contract is passed over in silence.
 */
export function samplesOf(schema: z.ZodType): unknown[] {
  if (schema instanceof z.ZodEnum) return [...schema.options];
  if (schema instanceof z.ZodLiteral) return [...schema.values];
  if (schema instanceof z.ZodBoolean) return [true, false];
  if (schema instanceof z.ZodNullable) return [...samplesOf(schema.unwrap() as z.ZodType), null];
  if (schema instanceof z.ZodArray) {
    const elements = samplesOf(schema.element as z.ZodType);
    return [elements.slice(0, 1), [elements[0], elements.at(-1)], []];
  }
  if (schema instanceof z.ZodString)
    return schema.safeParse('a sample').success
      ? ['a sample']
      : ['5a'.repeat(32)].filter((text) => schema.safeParse(text).success);
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as Record<string, z.ZodType>).map(
      ([name, field]) => [name, samplesOf(field)] as const,
    );
    const base = Object.fromEntries(fields.map(([name, values]) => [name, values[0]]));
    return [
      base,
      ...fields.flatMap(([name, values]) => values.slice(1).map((value) => Object.assign({}, base, { [name]: value }))),
    ];
  }
  throw new Error(`There are no samples of a ${schema.constructor.name}: teach samplesOf to make them.`);
}
