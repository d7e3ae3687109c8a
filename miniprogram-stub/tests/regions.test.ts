import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { columns, fullName, inside, nameOf } from '@/lib/regions'

test('every place of the server’s table is there, none more', () => {
  const table = fs.readFileSync(path.resolve(__dirname, '../../migration/data/regions.tsv'), 'utf8')
  const lines = table.split('\n').filter((l) => /^\d{6}\t/.test(l)).map((l) => l.trim())
  expect(inside('000000').map((r) => `${r.code}\t${r.name}`)).toEqual(lines)
})
test('names say the whole way', () => {
  expect(fullName('341602')).toBe('安徽省 亳州市 谯城区')
  expect(nameOf('341600')).toBe('亳州市')
})
test('a city offers itself and its counties', () => {
  const [first, ...more] = columns('341600', '')
  expect(more).toEqual([])
  expect(first?.map((r) => r.code)).toEqual(['341600', '341602', '341621', '341622', '341623'])
})
test('a province offers its cities, then the counties of the chosen one', () => {
  const found = columns('140000', '140105')
  expect(found).toHaveLength(2)
  expect(found[0]?.[1]?.name).toBe('太原市')
  expect(found[1]?.map((r) => r.name)).toContain('小店区')
})
test('the whole country offers three levels', () => {
  const found = columns('000000', '341602')
  expect(found).toHaveLength(3)
  expect(found[2]?.map((r) => r.code)).toContain('341602')
})
test('counties right below a province stand under a row of their own', () => {
  const known = new Set(inside('000000').map((r) => r.code))
  for (const { code } of inside('000000')) expect(known.has(code.slice(0, 4) + '00'), code).toBe(true)
  expect(columns('420000', '429004')[1]?.map((r) => r.name)).toContain('仙桃市')
})
