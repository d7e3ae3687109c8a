/** The phone's own memory. Writing may fail: it holds 10 MB in WeChat, and phones fill up. */
import { ref } from 'vue'

const PREFIX = 'tuixuan:'

/** What the phone had no room for, as long as the app lives. */
const homeless = new Map<string, unknown>()
/** Something is kept by this page only. */
export const phoneFull = ref(false)

export function read<T>(key: string): T | undefined {
  if (homeless.has(key)) return homeless.get(key) as T
  try {
    const value: unknown = uni.getStorageSync(PREFIX + key)
    return value === '' || value === undefined || value === null ? undefined : (value as T)
  } catch {
    return undefined
  }
}

/** False when there was no room: then only this page knows it. */
export function write(key: string, value: unknown): boolean {
  try {
    uni.setStorageSync(PREFIX + key, value)
    homeless.delete(key)
  } catch {
    homeless.set(key, value)
  }
  phoneFull.value = homeless.size > 0
  return !homeless.has(key)
}

export function remove(key: string): void {
  homeless.delete(key)
  phoneFull.value = homeless.size > 0
  try {
    uni.removeStorageSync(PREFIX + key)
  } catch {
    // what cannot be removed is overwritten later
  }
}

/** Keys that begin so. */
export function keys(start: string): string[] {
  const here = [...homeless.keys()].filter((k) => k.startsWith(start))
  try {
    const there = uni.getStorageInfoSync().keys.filter((k: string) => k.startsWith(PREFIX + start)).map((k: string) => k.slice(PREFIX.length))
    return [...new Set([...here, ...there])]
  } catch {
    return here
  }
}
