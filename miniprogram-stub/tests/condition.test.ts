import { describe, expect, test } from 'vitest'
import { agenciesFor, agencyOptions, categoriesFor } from '@/lib/choices'
import { askedFields, askedSlots, childrenFollowers, counted, holds } from '@/lib/condition'
import { notice } from './notice'

const account = { subject: 'account', category: 'government', route: 'self' }
const matrix = { ...account, subject: 'matrix' }
const keys = (list: { key: string }[]) => list.map((x) => x.key)

describe('fields that are asked', () => {
  test('follow the subject', () => {
    expect(keys(askedFields(notice, account, {}))).toEqual(['name', 'kind', 'share'])
    expect(keys(askedFields(notice, matrix, {}))).toEqual(['name', 'kind', 'children', 'sum', 'share'])
  })
  test('follow an answer, and no longer when it changes', () => {
    expect(keys(askedFields(notice, account, { kind: 'party' }))).toContain('credit')
    expect(keys(askedFields(notice, account, { kind: 'person' }))).not.toContain('credit')
  })
  test('an answer that is not asked itself asks for nothing', () => {
    const answers = { kind: 'person', credit: 'A', seal: 'x' }
    expect(keys(askedFields(notice, account, answers))).not.toContain('seal')
    expect(counted(notice, account, answers)).toEqual({ kind: 'person' })
  })
  test('“其他” must be written out', () => {
    expect(keys(askedFields(notice, { ...account, category: 'other' }, {}))[0]).toBe('category_other')
    expect(counted(notice, account, { category_other: '某类' })).toEqual({})
    expect(counted(notice, { ...account, category: 'other' }, { category_other: '某类' })).toEqual({ category_other: '某类' })
  })
})

test('slots follow answers', () => {
  expect(keys(askedSlots(notice, account, {}))).toEqual(['pictures'])
  expect(keys(askedSlots(notice, account, { kind: 'party' }))).toEqual(['pictures', 'licence'])
})
test('an empty condition always holds', () => expect(holds(undefined, account, {})).toBe(true))
test('followers of a matrix are added up', () => {
  const child = { name: 'a', platform: 'wechat', account_id: 'x', followers: 7 }
  expect(childrenFollowers(notice, { children: [child, { ...child, followers: 5 }] })).toBe(12)
})
test('what is computed is not sent', () => expect(counted(notice, matrix, { sum: 3 })).toEqual({}))

test('categories follow the subject', () => expect(keys(categoriesFor(notice, 'matrix'))).toEqual(['government']))
test('agencies follow the route', () => {
  const office = { tier: 'county', system: 'cyberspace', region: '341602' }
  const all = [
    { ...office, id: 'city', name: '市网信办', tier: 'city' }, { ...office, id: 'other-city', name: '邻市网信办', tier: 'city' },
    { ...office, id: 'county', name: '城区网信办', parent_id: 'city' }, { ...office, id: 'below-county', name: '镇', parent_id: 'county' },
    { ...office, id: 'other-county', name: '城区网信办', parent_id: 'other-city' }, { ...office, id: 'second', name: '县网信办', parent_id: 'city' },
  ]
  expect(agenciesFor(notice.route[0], all)).toBeUndefined()
  const found = agenciesFor(notice.route[1], all) ?? []
  expect(found.map((a) => a.id)).toEqual(['county', 'other-county', 'second'])
  expect(agencyOptions(found, all)).toEqual([
    { key: 'county', label: '城区网信办', note: '市网信办' }, { key: 'second', label: '县网信办', note: '市网信办' },
    { key: 'other-county', label: '城区网信办', note: '邻市网信办' },
  ])
  expect(agencyOptions(found.slice(0, 1), all)).toEqual([{ key: 'county', label: '城区网信办' }])
})
