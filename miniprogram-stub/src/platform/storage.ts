/** The phone's own memory. Writing may fail: it holds 10 MB in WeChat, and phones fill up. */

const PREFIX = 'tuixuan:'

export function read<T>(key: string): T | undefined {
  try {
    const value: unknown = uni.getStorageSync(PREFIX + key)
    return value === '' || value === undefined || value === null ? undefined : (value as T)
  } catch {
    return undefined
  }
}

/** False when there was no room. */
export function write(key: string, value: unknown): boolean {
  try {
    uni.setStorageSync(PREFIX + key, value)
    return true
  } catch {
    return false
  }
}

export function remove(key: string): void {
  try {
    uni.removeStorageSync(PREFIX + key)
  } catch {
    // what cannot be removed is overwritten later
  }
}

/** Keys that begin so. */
export function keys(start: string): string[] {
  try {
    return uni.getStorageInfoSync().keys.filter((k: string) => k.startsWith(PREFIX + start)).map((k: string) => k.slice(PREFIX.length))
  } catch {
    return []
  }
}
