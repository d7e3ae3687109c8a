import { expect, test } from 'vitest'
import { swapped } from '@/lib/order'

test('two files of a slot change places, what stands between them stays', () => {
  const [a, paper, b, c] = ['a', 'paper', 'b', 'c'].map((id) => ({ id }))
  expect(swapped([a, paper, b, c], a, b)).toEqual([b, paper, a, c])
  expect(swapped(swapped([a, paper, b, c], b, c), b, c)).toEqual([a, paper, b, c])
})
