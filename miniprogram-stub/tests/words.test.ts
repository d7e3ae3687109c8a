import { expect, test } from 'vitest'
import { inWords, problemOf } from '@/api/problem'
import type { EventView } from '@/api/types'
import { codeOf, entryId } from '@/lib/code'
import { leftInWords, ServerClock } from '@/lib/countdown'
import { lines } from '@/lib/events'
import { applicationsInWords, bytes, formatOf, length, until, when } from '@/lib/words'
import { notice } from './notice'

test('times are Beijing’s, whatever the phone says', () => {
  expect(when(Date.UTC(2024, 11, 31, 15, 59))).toBe('2024年12月31日 23:59')
  expect(until(Date.UTC(2024, 11, 31, 16, 0))).toBe('2024年12月31日 24:00')
  expect(until(Date.UTC(2024, 11, 31, 4, 30))).toBe('2024年12月31日 12:30')
})
test('whether applications are taken', () => {
  const window = { opens: Date.UTC(2024, 11, 19, 16, 0), closes: Date.UTC(2024, 11, 31, 16, 0) }
  expect(applicationsInWords({ ...window, state: 'ahead' })).toBe('2024年12月20日 00:00开始申报')
  expect(applicationsInWords({ ...window, state: 'open' })).toBe('正在申报，2024年12月31日 24:00截止')
  expect(applicationsInWords({ ...window, state: 'over' })).toBe('申报已于2024年12月31日 24:00截止')
})
test('what is left', () => {
  expect(leftInWords((2 * 24 + 3) * 3600_000)).toBe('2天3小时')
  expect(leftInWords(3 * 3600_000 + 5 * 60_000)).toBe('3小时5分')
  expect(leftInWords(4 * 60_000 + 9_999)).toBe('4分09秒')
  expect(leftInWords(-1)).toBe('0分00秒')
})
test('the countdown follows the server’s clock, not the phone’s', () => {
  let phone = 1_000_000
  const clock = new ServerClock(() => phone)
  const sent = phone
  phone += 200
  clock.heard(9_000_100, sent)
  expect(clock.now()).toBe(9_000_200)
  phone += 1000
  expect(clock.now()).toBe(9_001_200)
})
test('sizes and lengths', () => {
  expect([bytes(10 * 1024 * 1024), bytes(1536), bytes(12), bytes(3.25 * 1024 * 1024)]).toEqual(['10 MB', '2 KB', '12 B', '3.3 MB'])
  expect([length(300), length(301), length(20.4)]).toEqual(['5分钟', '5分01秒', '20秒'])
})
test('a QR code and a typed number are one', () => {
  expect(codeOf('https://a.cn/v/34-7k2m9qxwpb?x=1')).toBe('34-7K2M9QXWPB')
  expect(codeOf(' 34-7K2M9QXWPB ')).toBe('34-7K2M9QXWPB')
  expect(codeOf('３４-7K2M9QXWPB')).toBe('34-7K2M9QXWPB')
})
test('problems are words: what happened and what to do', () => {
  expect(problemOf(401, { code: 'wechat_code_used', detail: '凭证已用' }).message).toContain('请再点一次')
  expect(problemOf(422, { code: 'window_closed', detail: '申报已截止' }).message).toBe('申报已截止')
  expect(problemOf(429, { code: 'too_many', detail: '操作过于频繁' }, { 'Retry-After': '42' }).message).toBe('操作过于频繁（42秒后可以再试）')
  expect(problemOf(502, '<html>Bad gateway</html>').message).toContain('服务暂时不可用')
  expect(problemOf(502, '').passing).toBe(true)
  expect(problemOf(422, '{"code":"x","detail":"说明"}').message).toBe('说明')
  expect(inWords('?')).toBe('操作没有成功，请稍后再试。')
})
test('the timeline tells an applicant’s part of the trail', () => {
  const event = (kind: string, body: object, agency_id?: string): EventView => ({ seq: 1, at: 0, kind, actor_kind: agency_id ? 'officer' : 'applicant', agency_id, body, hash: '' })
  const told = lines(
    [
      event('entry_begun', {}), event('evidence_attached', {}), event('entry_submitted', { receipt: '341600-A' }),
      event('entry_returned', { step: 'county', items: [{ message: '缺图' }, { message: '缺章' }] }, 'g'), event('step_passed', { step: 'county', next: 'city', opinion: '同意' }, 'g'),
    ],
    notice,
    [{ id: 'g', name: '县网信办', tier: 'county', system: 'cyberspace', region: '341602' }],
  )
  expect(told.map((l) => [l.title, l.who, l.words, l.tone])).toEqual([
    ['建立草稿', '申报人', '', 'plain'],
    ['提交申报', '申报人', '回执编号 341600-A', 'plain'],
    ['县区审核：退回补正', '县网信办', '缺图；缺章', 'bad'],
    ['县区审核：同意，转入市级审核', '县网信办', '同意', 'good'],
  ])
})
test('an entry’s id is whole again after a mini-program’s code', () => {
  expect(entryId('01a2196448a975b182c5288f36ac9f8b')).toBe('01a21964-48a9-75b1-82c5-288f36ac9f8b')
  expect(entryId('01a21964-48a9-75b1-82c5-288f36ac9f8b')).toBe('01a21964-48a9-75b1-82c5-288f36ac9f8b')
})
test('a document is named by what opens it', () => {
  expect(['表.pdf', '汇总表.XLSX', '说明.v2.docx', 'x.odt'].map(formatOf)).toEqual(['PDF', 'Excel', 'Word', 'odt'])
})
