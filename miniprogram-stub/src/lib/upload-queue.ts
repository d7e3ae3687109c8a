import { ApiError, inWords } from '@/api/problem'
import type { Evidence, Upload } from '@/api/types'
import { bytes } from './words'

/** How an upload stands. `lost`: begun earlier, its file has to be chosen again. */
export type UploadState = 'waiting' | 'sending' | 'paused' | 'failed' | 'lost'

export interface UploadItem {
  /** Key of this attempt; also the Idempotency-Key of its beginning. */
  key: string
  slot: string
  name: string
  size: number
  state: UploadState
  /** Bytes that arrived. */
  sent: number
  /** What is wrong, in words. */
  sentence: string
  /** Local picture to be shown meanwhile. */
  preview?: string
  upload?: Upload
}

/** A chosen file, read piece by piece. */
export interface Readable {
  name: string
  size: number
  preview?: string
  mark: string
  read(from: number, length: number): Promise<ArrayBuffer>
}

/** What the queue needs from outside; tests give their own. */
export interface UploadPort {
  begin(item: UploadItem): Promise<Upload>
  get(upload: string): Promise<Upload>
  put(upload: string, number: number, part: ArrayBuffer, sent: (bytes: number) => void): Promise<Upload>
  finish(upload: string): Promise<Evidence>
  drop(upload: string): Promise<unknown>
  /** Marks kept on the phone: upload → mark of its file. */
  remember(upload: string, mark: string | undefined): void
  later(ms: number, act: () => void): () => void
  newKey(): string
  changed(): void
  done(evidence: Evidence, item: UploadItem): void
}

/** Milliseconds after which an interrupted upload is tried again by itself. */
const WAITS = [2000, 5000, 15_000, 30_000]

/**
 * Sends files one after the other, in the order in which they were chosen, in parts of the length that the server says.
 * A part that was answered is never sent again: after a cut the server is asked which ones it has.
 */
export class UploadQueue {
  items: UploadItem[] = []
  private readonly files = new Map<string, Readable>()
  private working = false
  private tries = 0
  private cancelWait: (() => void) | undefined
  private stopped = false

  constructor(private readonly port: UploadPort) {}

  /** Uploads that were begun earlier and not finished: the server is their memory. */
  restore(unfinished: Upload[]): void {
    for (const upload of unfinished) {
      if (upload.evidence_id || this.items.some((i) => i.upload?.id === upload.id)) continue
      this.items.push({
        key: upload.id, slot: upload.slot, name: upload.file_name, size: upload.bytes, state: 'lost',
        sent: arrived(upload), upload, sentence: `上次传到${percent(upload)}%时中断。请重新选择同一个文件继续，已传的部分不用重传。`,
      })
    }
    this.port.changed()
  }

  /** A file was chosen. One that was begun earlier goes on where it was. */
  add(slot: string, file: Readable, markOf: (upload: string) => string | undefined): UploadItem {
    const begun = this.items.find((i) => i.state === 'lost' && i.slot === slot && i.size === file.size && i.upload && markOf(i.upload.id) === file.mark)
    const item: UploadItem = begun ?? { key: this.port.newKey(), slot, name: file.name, size: file.size, state: 'waiting', sent: 0, sentence: '' }
    Object.assign(item, { state: 'waiting', sentence: '', preview: file.preview })
    this.files.set(item.key, file)
    if (!begun) this.items.push(item)
    this.port.changed()
    void this.work()
    return item
  }

  /** Tries what failed or was interrupted again; without a key, everything that was interrupted. */
  retry(key?: string): void {
    this.cancelWait?.()
    for (const item of this.items) {
      if (item.state === 'paused' || (item.state === 'failed' && item.key === key)) Object.assign(item, { state: 'waiting', sentence: '' })
    }
    if (key) this.tries = 0
    this.port.changed()
    void this.work()
  }

  /** Takes a file out; what arrived of it is thrown away. */
  async cancel(key: string): Promise<void> {
    const item = this.items.find((i) => i.key === key)
    if (!item) return
    this.items = this.items.filter((i) => i !== item)
    this.files.delete(key)
    this.port.changed()
    if (item.upload) {
      this.port.remember(item.upload.id, undefined)
      try {
        await this.port.drop(item.upload.id)
      } catch {
        // the server drops what nobody goes on with after a day
      }
    }
  }

  /** Files on their way into a slot. */
  inSlot(slot: string): UploadItem[] {
    return this.items.filter((i) => i.slot === slot)
  }

  get busy(): boolean {
    return this.items.some((i) => i.state === 'waiting' || i.state === 'sending' || i.state === 'paused')
  }

  /** The page is left. */
  stop(): void {
    this.stopped = true
    this.cancelWait?.()
  }

  private async work(): Promise<void> {
    if (this.working || this.stopped) return
    this.working = true
    for (;;) {
      // what was interrupted goes first, so that files arrive in the order in which they were chosen
      const item = this.items.find((i) => i.state === 'waiting' || i.state === 'paused')
      if (!item || item.state === 'paused' || this.stopped) break
      await this.send(item)
    }
    this.working = false
  }

  private async send(item: UploadItem): Promise<void> {
    const file = this.files.get(item.key)
    if (!file) return this.set(item, 'lost', '请重新选择这个文件。')
    this.set(item, 'sending', '')
    try {
      const upload = item.upload ? await this.port.get(item.upload.id) : await this.port.begin(item)
      item.upload = upload
      this.port.remember(upload.id, file.mark)
      await this.parts(item, file, upload)
      const evidence = await this.port.finish(upload.id)
      this.port.remember(upload.id, undefined)
      this.tries = 0
      this.files.delete(item.key)
      this.items = this.items.filter((i) => i !== item)
      this.port.done(evidence, item)
      this.port.changed()
    } catch (error) {
      if (this.items.includes(item)) this.interrupted(item, error)
    }
  }

  private async parts(item: UploadItem, file: Readable, upload: Upload): Promise<void> {
    let there = new Set(upload.received)
    item.sent = arrived(upload)
    for (let number = 1; number <= upload.parts; number++) {
      if (there.has(number)) continue
      if (!this.items.includes(item)) throw new ApiError(0, 'cancelled', '')
      const from = (number - 1) * upload.part_bytes
      const part = await file.read(from, Math.min(upload.part_bytes, upload.bytes - from))
      const before = item.sent
      const after = await this.port.put(upload.id, number, part, (sent) => {
        item.sent = before + Math.min(sent, part.byteLength)
        this.port.changed()
      })
      item.upload = after
      there = new Set(after.received)
      item.sent = arrived(after)
      this.tries = 0
      this.port.changed()
    }
  }

  private interrupted(item: UploadItem, error: unknown): void {
    const e = error instanceof ApiError ? error : undefined
    if (e?.code === 'absent' && item.upload) {
      // nobody went on with it for a day: begin anew
      this.port.remember(item.upload.id, undefined)
      item.upload = undefined
      item.key = this.rekey(item.key)
      return this.set(item, 'waiting', '')
    }
    if (e?.passing) {
      const wait = WAITS[Math.min(this.tries++, WAITS.length - 1)] as number
      this.set(item, 'paused', `网络中断，已传${bytes(item.sent)}，恢复后自动继续。`)
      this.cancelWait?.()
      this.cancelWait = this.port.later(Math.max(wait, e.retryAfter * 1000), () => this.retry())
      return
    }
    // the violations name the very thing, the sentence above them only says that there are some
    const single = error instanceof ApiError ? error.violations.map((v) => v.message).join('；') : ''
    this.set(item, 'failed', single || inWords(error))
  }

  private rekey(old: string): string {
    const key = this.port.newKey()
    const file = this.files.get(old)
    this.files.delete(old)
    if (file) this.files.set(key, file)
    return key
  }

  private set(item: UploadItem, state: UploadState, sentence: string): void {
    item.state = state
    item.sentence = sentence
    this.port.changed()
  }
}

/** Bytes of an upload that arrived. */
export function arrived(upload: Upload): number {
  const last = upload.bytes - (upload.parts - 1) * upload.part_bytes
  return upload.received.reduce((sum, n) => sum + (n === upload.parts ? last : upload.part_bytes), 0)
}

function percent(upload: Upload): number {
  return Math.floor((arrived(upload) / Math.max(1, upload.bytes)) * 100)
}
