/** The text of models/digests.ts. @param digests SHA-256 of manifest.json and of score-bands.json by the id of the package. */
export function digestsModule(digests: Readonly<Record<string, { manifest: string; scoreBands: string }>>): string {
  const members = (file: 'manifest' | 'scoreBands'): string =>
    Object.entries(digests)
      .map(([id, digest]) => `  '${id}': '${digest[file]}',\n`)
      .join('');
  return (
    '// Written by `npm run train`; not to be edited.\n\n' +
    '/** SHA-256 of manifest.json of each released model package: in the program, apart from the package. */\n' +
    `export const MODEL_DIGESTS = {\n${members('manifest')}} as const;\n\n` +
    '/** SHA-256 of score-bands.json of each released model package. */\n' +
    `export const SCORE_BAND_DIGESTS = {\n${members('scoreBands')}} as const;\n`
  );
}
