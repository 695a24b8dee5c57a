// Written by `npm run train`; not to be edited.

/** SHA-256 of manifest.json of each released model package: in the program, apart from the package. */
export const MODEL_DIGESTS = {
  'personal-loan-default': 'a254dcb87bfb948e1725879c77ed07dac29763083f84b42e1c704eddd615eebf',
} as const;
