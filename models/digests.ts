// Written by `npm run train`; not to be edited.

/** SHA-256 of manifest.json of each released model package: in the program, apart from the package. */
export const MODEL_DIGESTS = {
  'personal-loan-default': 'a254dcb87bfb948e1725879c77ed07dac29763083f84b42e1c704eddd615eebf',
} as const;

/** SHA-256 of score-bands.json of each released model package. */
export const SCORE_BAND_DIGESTS = {
  'personal-loan-default': '02288753dbbda3e6f9287047155db5d942a59845a6b41b03f5d4b42c3d51141d',
} as const;
