// Bundlers leave out what nobody asks for only if making it is known to do nothing yet.
// @__NO_SIDE_EFFECTS__
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
