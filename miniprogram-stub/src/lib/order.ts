/** The files of an entry, two of them in each other's place: others keep theirs, whatever slot they are in. */
export function swapped<F extends { id: string }>(files: F[], one: F, other: F): F[] {
  return files.map((f) => (f.id === one.id ? other : f.id === other.id ? one : f))
}
