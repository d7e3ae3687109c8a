import { describe, expect, test } from 'vitest'
import type { Answer, Field } from '@/api/types'
import { faultOf, faults, integerAnswer, percentAnswer, percentTyped } from '@/lib/form-check'
import { notice } from './notice'

const field = (kind: string, more: object = {}) => ({ key: 'k', label: '某项', kind, required: true, ...more }) as Field

describe('an answer and its fault', () => {
  test.each<[string, object, Answer | undefined, string]>([
    ['text', { max_chars: 5 }, undefined, '请填写某项'],
    ['choice', { options: [] }, undefined, '请选择某项'],
    ['text', { max_chars: 5 }, '一二三四五', ''],
    ['text', { max_chars: 5 }, ' 一二三四五 ', ''],
    ['text', { max_chars: 5 }, '一二三四五六', '现有6字，不能超过5字'],
    ['text', { max_chars: 5 }, 'a\nb', '应写成一行'],
    ['long_text', { max_chars: 5 }, 'a\r\nb', ''],
    ['integer', { min: 0, max: null }, 12, ''],
    ['integer', { min: 0, max: null }, '一万', '应填整数，例如12000'],
    ['integer', { min: 0, max: 5 }, 6, '现为6，不能大于5'],
    ['percent', {}, 6050, ''],
    ['percent', {}, 10_001, '应填0至100，最多两位小数'],
    ['mobile', {}, '１３８００１３８０００', ''],
    ['mobile', {}, '1380013', '手机号码应为11位数字'],
    ['postcode', {}, '23680', '邮政编码应为6位数字'],
    ['email', {}, 'a@b', '电子邮箱有误'],
    ['credit_code', {}, '91340000', '统一社会信用代码应为18位，请核对'],
    ['text', { max_chars: 5 }, 'a\u202eb', '含有不可见的控制字符，请删除后重填'],
  ])('%s %j: %j → %s', (kind, more, answer, fault) => expect(faultOf(field(kind, more), answer, true)).toBe(fault))

  test('nobody is scolded for what is not written yet', () => expect(faultOf(field('text', { max_chars: 5 }), undefined, false)).toBe(''))
})

describe('accounts of a matrix', () => {
  const children = field('children', { max: 2 })
  const child = { name: 'a', platform: 'wechat', account_id: 'x', followers: 1 }
  test('are whole, few enough and different', () => {
    expect(faultOf(children, [child], true)).toBe('')
    expect(faultOf(children, [{ ...child, followers: -1 }], true)).toContain('第1个账号')
    expect(faultOf(children, [child, { ...child, account_id: 'X' }], true)).toBe('账号“a”重复填写')
    expect(faultOf(children, [child, child, child], true)).toBe('最多2个账号，现有3个')
  })
})

test('faults come for asked fields only', () => {
  const found = faults(notice, { subject: 'account', category: 'government', route: 'self' }, {}, true)
  expect(Object.keys(found)).toEqual(['name', 'kind'])
})

test('numbers are read as they are typed, and never lost', () => {
  expect(integerAnswer('12，000')).toBe(12000)
  expect(integerAnswer('１２')).toBe(12)
  expect(integerAnswer('一万')).toBe('一万')
  expect(percentAnswer('60.5')).toBe(6050)
  expect(percentAnswer('60.05%')).toBe(6005)
  expect(percentAnswer('60.005')).toBe('60.005')
  expect(percentTyped(6050)).toBe('60.5')
})
