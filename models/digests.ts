// Written by `npm run train`; not to be edited.

/** SHA-256 of manifest.json of each released model package: in the program, apart from the package. */
export const MODEL_DIGESTS = {
  'personal-loan-default': '097fde047af6ea9e40bf029b8d1a6bba6a3f112e9ab10de5e6bad001cd0cbb6b',
} as const;
