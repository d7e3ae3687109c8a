/** The number of a form, certificate or other paper out of what its QR code says or somebody typed: `https://…/v/34-7K2M9QXWPB` or the number alone. */
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

/** An entry's id; a mini-program's code (小程序码) carries it without hyphens, since WeChat allows 32 characters. */
export function entryId(text: string): string {
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(text)
  return parts ? parts.slice(1).join('-') : text
}
