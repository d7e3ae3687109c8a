import { describe, expect, test } from 'vitest'
import { countChars, hasForbidden, tidy } from '@/lib/text'

describe('counting as the server does (domain/src/text.rs)', () => {
  test.each([
    ['', 0], ['  亳州  ', 2], ['a\r\nb', 3], ['a\rb', 3], ['e\u0301', 1], ['𠮷', 1], ['👨‍👩‍👧', 5], ['一 二', 3], ['\u3000全角空格\u3000', 4], ['\ufeff', 1], ['\u0085x', 1],
  ])('%j is %i', (text, count) => expect(countChars(text)).toBe(count))

  test('line ends become one', () => expect(tidy(' a\r\nb\r ')).toBe('a\nb'))
  test('what does not show is refused', () => {
    expect(hasForbidden('a\u202eb')).toBe(true)
    expect(hasForbidden('a\tb\n')).toBe(false)
  })
})
