/** The number of a form or certificate out of what its QR code says or somebody typed: `https://…/v/34-7K2M9QXWPB` or the number alone. */
export function codeOf(text: string): string {
  const last = text.trim().replace(/[?#].*$/, '').replace(/\/+$/, '').split('/').pop() ?? ''
  let plain = last
  try {
    plain = decodeURIComponent(last)
  } catch {
    // as it is
  }
  return plain.normalize('NFKC').toUpperCase().replace(/\s/g, '')
}
