// Preloaded by a test (--import): a write of a file that FULL_DISK names fails as on a full disk.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const named = new RegExp(process.env['FULL_DISK']);
const { openSync, writeFileSync } = fs;
const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
fs.openSync = (file, flags, ...rest) => {
  if (named.test(String(file)) && String(flags).includes('w')) throw full();
  return openSync(file, flags, ...rest);
};
fs.writeFileSync = (file, ...rest) => {
  if (!named.test(String(file))) return writeFileSync(file, ...rest);
  // As the system does: the file is made, and takes nothing.
  writeFileSync(file, '');
  throw full();
};
syncBuiltinESMExports();
