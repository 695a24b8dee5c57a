/** How everything begins that is sealed under an applicant's data key: `UWEV`, and the version. */
export const SEALED_HEADER: Uint8Array = Uint8Array.of(0x55, 0x57, 0x45, 0x56, 1);

/** Whether bytes are sealed; what a release archives in clear, such as its decision core, is not. */
export function isSealed(bytes: Uint8Array): boolean {
  return SEALED_HEADER.every((byte, index) => bytes[index] === byte);
}
