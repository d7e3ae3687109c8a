import { beforeEach, describe, expect, test } from 'vitest'
import { ApiError } from '@/api/problem'
import type { Evidence, Upload } from '@/api/types'
import { arrived, UploadQueue, type Readable, type UploadPort } from '@/lib/upload-queue'

const PART = 4

/** A server that keeps parts, and a line that can be cut. */
class Line {
  uploads = new Map<string, { view: Upload; bytes: Map<number, string> }>()
  done: string[] = []
  parts: number[] = []
  cutAfter = Infinity
  begun = 0

  begin(slot: string, name: string, size: number): Upload {
    this.alive()
    const id = 'u' + ++this.begun
    const view: Upload = { id, slot, file_name: name, bytes: size, part_bytes: PART, parts: Math.ceil(size / PART), received: [], expires_at: 0, server_time: 0 }
    this.uploads.set(id, { view, bytes: new Map() })
    return { ...view }
  }
  get(id: string): Upload {
    this.alive()
    const found = this.uploads.get(id)
    if (!found) throw new ApiError(404, 'absent', '没有')
    return { ...found.view, received: [...found.bytes.keys()] }
  }
  put(id: string, number: number, part: ArrayBuffer): Upload {
    if (this.parts.length >= this.cutAfter) throw ApiError.network()
    this.parts.push(number)
    this.uploads.get(id)?.bytes.set(number, new TextDecoder().decode(part))
    return this.get(id)
  }
  finish(id: string): Evidence {
    this.alive()
    const found = this.uploads.get(id)
    const whole = [...(found?.bytes ?? [])].sort(([a], [b]) => a - b).map(([, text]) => text).join('')
    this.done.push(whole)
    this.uploads.delete(id)
    return { id: 'f' + this.done.length, slot: found?.view.slot ?? '', file_name: '', media_type: '', bytes: whole.length, sha256: '' } as Evidence
  }
  private alive() {
    if (this.parts.length >= this.cutAfter) throw ApiError.network()
  }
}

let line: Line
let marks: Map<string, string>
let timers: (() => void)[]
const file = (text: string, mark = text): Readable => ({
  name: 'a.mp4', size: text.length, mark,
  read: async (from, length) => new TextEncoder().encode(text.slice(from, from + length)).buffer as ArrayBuffer,
})
function queue() {
  let keys = 0
  const port: UploadPort = {
    begin: async (i) => line.begin(i.slot, i.name, i.size),
    get: async (u) => line.get(u),
    put: async (u, n, part) => line.put(u, n, part),
    finish: async (u) => line.finish(u),
    drop: async (u) => line.uploads.delete(u),
    remember: (u, mark) => (mark === undefined ? marks.delete(u) : marks.set(u, mark)),
    later: (_, act) => {
      timers.push(act)
      return () => void (timers = timers.filter((t) => t !== act))
    },
    newKey: () => 'k' + ++keys,
    changed: () => undefined,
    done: () => undefined,
  }
  return new UploadQueue(port)
}
const markOf = (u: string) => marks.get(u)
const settled = () => new Promise((r) => setTimeout(r, 5))

beforeEach(() => {
  line = new Line()
  marks = new Map()
  timers = []
})

describe('the queue of uploads', () => {
  test('sends files in the order in which they were chosen, whole', async () => {
    const q = queue()
    for (const text of ['first-file', 'second', 'third one']) q.add('pictures', file(text), markOf)
    await settled()
    expect(line.done).toEqual(['first-file', 'second', 'third one'])
    expect(q.items).toEqual([])
    expect(marks.size).toBe(0)
  })

  test('goes on after a cut without sending a part twice', async () => {
    const q = queue()
    line.cutAfter = 2
    q.add('video', file('0123456789ab'), markOf)
    await settled()
    expect(q.items[0]?.state).toBe('paused')
    // part 2 arrived, its answer did not
    expect(q.items[0]?.sent).toBe(4)
    line.cutAfter = Infinity
    timers[0]?.()
    await settled()
    expect(line.done).toEqual(['0123456789ab'])
    expect(line.parts).toEqual([1, 2, 3])
  })

  test('keeps the order over a cut', async () => {
    const q = queue()
    line.cutAfter = 1
    for (const text of ['first-file', 'second', 'third one']) q.add('pictures', file(text), markOf)
    await settled()
    expect(q.items.map((i) => i.state)).toEqual(['paused', 'waiting', 'waiting'])
    line.cutAfter = Infinity
    q.retry()
    await settled()
    expect(line.done).toEqual(['first-file', 'second', 'third one'])
  })

  test('goes on after a kill when the same file is chosen again', async () => {
    const before = queue()
    line.cutAfter = 2
    before.add('video', file('0123456789ab'), markOf)
    await settled()
    before.stop()
    line.cutAfter = Infinity
    const after = queue()
    after.restore([line.get('u1')])
    expect(after.items[0]?.state).toBe('lost')
    expect(after.items[0]?.sentence).toContain('66%')
    after.add('video', file('0123456789ab'), markOf)
    await settled()
    expect(line.done).toEqual(['0123456789ab'])
    expect(line.parts).toEqual([1, 2, 3])
    expect(line.begun).toBe(1)
  })

  test('another file of the same length is never mixed into it', async () => {
    const before = queue()
    line.cutAfter = 2
    before.add('video', file('0123456789ab'), markOf)
    await settled()
    before.stop()
    line.cutAfter = Infinity
    const after = queue()
    after.restore([line.get('u1')])
    after.add('video', file('ANOTHER-FILE'), markOf)
    await settled()
    expect(line.done).toEqual(['ANOTHER-FILE'])
    expect(line.begun).toBe(2)
  })

  test('a refused file says why and lets the others pass', async () => {
    const q = queue()
    const put = line.put.bind(line)
    line.put = (id, n, part) => {
      if (id === 'u1') throw new ApiError(415, 'unsupported', '这个文件不是图片')
      return put(id, n, part)
    }
    q.add('pictures', file('bad!'), markOf)
    q.add('pictures', file('good'), markOf)
    await settled()
    expect(q.items.map((i) => [i.state, i.sentence])).toEqual([['failed', '这个文件不是图片']])
    expect(line.done).toEqual(['good'])
  })

  test('an upload that ran out on the server is begun anew', async () => {
    const q = queue()
    line.cutAfter = 1
    q.add('video', file('01234567'), markOf)
    await settled()
    line.uploads.clear()
    line.cutAfter = Infinity
    q.retry()
    await settled()
    expect(line.done).toEqual(['01234567'])
    expect(line.begun).toBe(2)
  })

  test('a cancelled upload is dropped on the server', async () => {
    const q = queue()
    line.cutAfter = 1
    const item = q.add('video', file('01234567'), markOf)
    await settled()
    await q.cancel(item.key)
    expect(line.uploads.size).toBe(0)
    expect(q.items).toEqual([])
  })
})

test('the last part may be short', () => {
  expect(arrived({ bytes: 10, part_bytes: 4, parts: 3, received: [1, 3] } as Upload)).toBe(6)
})
