import { expect, test } from 'vitest'
import { call } from '@/api/call'

// Never run: each line is a mistake that the type check has to find, or it fails for the comment above the line.
const mistakes = () => [
  // @ts-expect-error no such path
  call('get', '/campains'),
  // @ts-expect-error no such field
  call('post', '/phone-codes', { body: { phone: '13800138000', fone: '' } }),
  // @ts-expect-error a body is missing
  call('post', '/phone-codes'),
  // @ts-expect-error not a number
  call('get', '/entries/{id}', { path: { id: 1 } }),
  // @ts-expect-error the answer has no such field
  call('get', '/me').then((me) => me.fone),
]

test('what the contract does not know does not compile', () => expect(mistakes).toBeTypeOf('function'))
