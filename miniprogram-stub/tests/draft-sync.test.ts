import { beforeEach, describe, expect, test } from 'vitest'
import { ApiError } from '@/api/problem'
import type { Answers, Entry, Written } from '@/api/types'
import { DraftSync, type DraftPort, type Kept } from '@/lib/draft-sync'

/** A server that keeps one entry with its version, as the real one does. */
class Server {
  version = 1
  answers: Answers = {}
  calls: Written[] = []
  fail: (() => ApiError | undefined) | undefined

  entry(): Entry {
    return {
      id: 'e', name: '', state: 'draft', category: 'c', late: false, version: this.version, updated_at: 5, campaign: 'x',
      subject: 's', route: 'r', region: '341602', answers: { ...this.answers }, evidence: [], round: 0,
    }
  }
  save(version: number, written: Written): Entry {
    this.calls.push(written)
    const error = this.fail?.()
    if (error) throw error
    if (version !== this.version) throw new ApiError(412, 'stale', '旧')
    const phone = written.answers.phone
    if (phone !== undefined && !/^1\d{10}$/.test(String(phone))) {
      throw new ApiError(422, 'invalid_input', '有误', [{ field: 'phone', code: 'field_format', message: '手机号码应为11位数字' }])
    }
    this.answers = { ...written.answers }
    this.version++
    return this.entry()
  }
}

let server: Server
let kept: Kept | undefined
let timers: { ms: number; act: () => void }[]
let room: boolean
const port = (): DraftPort => ({
  load: async () => server.entry(),
  save: async (version, written) => server.save(version, written),
  sendable: (w) => w,
  read: () => kept && structuredClone(kept),
  keep: (k) => {
    if (room) kept = structuredClone(k)
    return room
  },
  now: () => 1000,
  later: (ms, act) => {
    const timer = { ms, act }
    timers.push(timer)
    return () => void (timers = timers.filter((t) => t !== timer))
  },
  changed: () => undefined,
})

beforeEach(() => {
  server = new Server()
  kept = undefined
  timers = []
  room = true
})

describe('a draft', () => {
  test('is on the phone at once and on the server after a pause', async () => {
    const sync = new DraftSync(server.entry(), port())
    sync.answer('name', '亳州')
    expect(kept?.mine.answers).toEqual({ name: '亳州' })
    expect(server.calls).toHaveLength(0)
    expect(timers).toHaveLength(1)
    await sync.flush()
    expect(server.answers).toEqual({ name: '亳州' })
    expect(sync.state).toBe('saved')
    expect(sync.unsent).toBe(false)
  })

  test('survives a killed app', async () => {
    new DraftSync(server.entry(), port()).answer('name', '没有发出')
    const again = new DraftSync(server.entry(), port())
    expect(again.mine.answers).toEqual({ name: '没有发出' })
    expect(again.sentence).toContain('已恢复')
    await again.flush()
    expect(server.answers).toEqual({ name: '没有发出' })
  })

  test('waits for the network and goes on by itself', async () => {
    const sync = new DraftSync(server.entry(), port())
    server.fail = () => ApiError.network()
    sync.answer('name', 'x')
    await sync.flush()
    expect(sync.state).toBe('waiting')
    expect(timers[timers.length - 1]?.ms).toBe(3000)
    await sync.flush()
    expect(timers[timers.length - 1]?.ms).toBe(6000)
    server.fail = undefined
    await sync.flush()
    expect(sync.state).toBe('saved')
    expect(server.answers).toEqual({ name: 'x' })
  })

  test('one bad answer keeps no other from being saved, and is not lost', async () => {
    server.answers = { phone: '13800138000' }
    const sync = new DraftSync(server.entry(), port())
    sync.answer('name', 'x')
    sync.answer('phone', '138')
    await sync.flush()
    expect(server.answers).toEqual({ name: 'x', phone: '13800138000' })
    expect(sync.faults).toEqual({ phone: '手机号码应为11位数字' })
    expect(sync.mine.answers.phone).toBe('138')
    sync.forgive('phone')
    sync.answer('phone', '13900139000')
    await sync.flush()
    expect(server.answers.phone).toBe('13900139000')
    expect(sync.sentence).toBe('')
  })

  test('what another device wrote elsewhere is joined', async () => {
    const sync = new DraftSync(server.entry(), port())
    sync.answer('name', 'mine')
    server.answers = { address: 'theirs' }
    server.version++
    await sync.flush()
    expect(server.answers).toEqual({ name: 'mine', address: 'theirs' })
    expect(sync.state).toBe('saved')
  })

  test('what both wrote differently is asked about; nothing is overwritten before', async () => {
    server.answers = { name: 'base' }
    const sync = new DraftSync(server.entry(), port())
    sync.answer('name', 'mine')
    server.answers = { name: 'theirs' }
    server.version++
    await sync.flush()
    expect(sync.state).toBe('conflict')
    expect(sync.conflicts).toEqual([{ key: 'name', mine: 'mine', theirs: 'theirs' }])
    expect(server.answers).toEqual({ name: 'theirs' })
    sync.answer('address', 'typed meanwhile')
    await sync.flush()
    expect(server.answers).toEqual({ name: 'theirs' })
    sync.resolve([])
    await sync.flush()
    expect(server.answers).toEqual({ name: 'mine', address: 'typed meanwhile' })
  })

  test('the other side’s answer can be taken', async () => {
    server.answers = { name: 'base' }
    const sync = new DraftSync(server.entry(), port())
    sync.answer('name', 'mine')
    server.answers = { name: 'theirs' }
    server.version++
    await sync.flush()
    sync.resolve(['name'])
    await sync.flush()
    expect(sync.mine.answers).toEqual({ name: 'theirs' })
    expect(sync.state).toBe('saved')
  })

  test('a conflict is seen after a kill as well', () => {
    server.answers = { name: 'base' }
    new DraftSync(server.entry(), port()).answer('name', 'mine')
    server.answers = { name: 'theirs' }
    server.version++
    const again = new DraftSync(server.entry(), port())
    expect(again.state).toBe('conflict')
    expect(again.conflicts).toHaveLength(1)
  })

  test('a version that moved without another’s answers is no conflict: files were attached', async () => {
    const sync = new DraftSync(server.entry(), port())
    sync.answer('name', 'x')
    server.version++
    await sync.flush()
    expect(server.answers).toEqual({ name: 'x' })
  })

  test('an ended session keeps everything on the phone', async () => {
    const sync = new DraftSync(server.entry(), port())
    server.fail = () => new ApiError(401, 'token_invalid', '登录已失效')
    sync.answer('name', 'x')
    await sync.flush()
    expect(sync.state).toBe('signed_out')
    expect(kept?.mine.answers).toEqual({ name: 'x' })
  })

  test('a passed deadline refuses in words and loses nothing', async () => {
    const sync = new DraftSync(server.entry(), port())
    server.fail = () => new ApiError(422, 'window_closed', '申报已截止')
    sync.answer('name', 'x')
    await sync.flush()
    expect(sync.state).toBe('refused')
    expect(sync.sentence).toBe('申报已截止')
    expect(kept?.mine.answers).toEqual({ name: 'x' })
  })

  test('a full phone is told, and the server still gets it', async () => {
    room = false
    const sync = new DraftSync(server.entry(), port())
    sync.answer('name', 'x')
    expect(sync.phoneFull).toBe(true)
    await sync.flush()
    expect(server.answers).toEqual({ name: 'x' })
  })
})
