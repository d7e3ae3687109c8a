import { beforeEach, describe, expect, test, vi } from 'vitest'

const stored = new Map<string, unknown>()
let full = false

beforeEach(() => {
  stored.clear()
  full = false
  vi.resetModules()
  vi.stubGlobal('uni', {
    getStorageSync: (key: string) => stored.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => {
      if (full) throw new Error('setStorageSync:fail exceed storage max size 10Mb')
      stored.set(key, value)
    },
    removeStorageSync: (key: string) => stored.delete(key),
    getStorageInfoSync: () => ({ keys: [...stored.keys()] }),
  })
})

describe('a full phone', () => {
  test('keeps on the page what it has no room for, in place of what it kept before', async () => {
    const { keys, phoneFull, read, remove, write } = await import('@/platform/storage')
    expect(write('draft:1', 'before')).toBe(true)
    full = true
    expect(write('draft:1', 'after')).toBe(false)
    expect(write('draft:2', 'new')).toBe(false)
    expect([read('draft:1'), read('draft:2'), phoneFull.value]).toEqual(['after', 'new', true])
    expect(keys('draft:').sort()).toEqual(['draft:1', 'draft:2'])
    remove('draft:2')
    expect([read('draft:2'), phoneFull.value]).toEqual([undefined, true])
    full = false
    expect(write('draft:1', 'after all')).toBe(true)
    expect([read('draft:1'), phoneFull.value, stored.get('tuixuan:draft:1')]).toEqual(['after all', false, 'after all'])
  })
})
