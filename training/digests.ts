/** The text of models/digests.ts. @param digests SHA-256 of manifest.json by the id of the package. */
export function digestsModule(digests: Readonly<Record<string, string>>): string {
  const members = Object.entries(digests).map(([id, digest]) => `  '${id}': '${digest}',\n`);
  return (
    '// Written by `npm run train`; not to be edited.\n\n' +
    '/** SHA-256 of manifest.json of each released model package: in the program, apart from the package. */\n' +
    `export const MODEL_DIGESTS = {\n${members.join('')}} as const;\n`
  );
}
