/** Counting 字 as the server does: `count_chars` of `domain/src/text.rs`. */

// Rust's `trim` takes White_Space; JavaScript's takes U+FEFF as well and leaves U+0085.
const SPACE = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, 'g')

/** The text as it is stored: NFC, line ends as LF, white space at both ends left out. */
export function tidy(text: string): string {
  const joined = text.replace(/\r\n?/g, '\n').replace(ENDS, '')
  return typeof joined.normalize === 'function' ? joined.normalize('NFC') : joined
}

/** Characters as the notice counts 字: Unicode code points after {@link tidy}. */
export function countChars(text: string): number {
  let count = 0
  for (const _ of tidy(text)) count++
  return count
}

/** Full-width letters and digits as plain ones (１３８ → 138). */
export function narrow(text: string): string {
  return tidy(text).normalize('NFKC')
}

/** Does the text hold a control character or a bidirectional override? */
export function hasForbidden(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text)
}
