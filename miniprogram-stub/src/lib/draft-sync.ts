import { ApiError, type Violation } from '@/api/problem'
import type { Answer, Answers, Entry, Written } from '@/api/types'
import { type Conflict, merge, mergeHead, same } from './merge'

/** How an entry's draft stands between this phone and the server. */
export type DraftState =
  | 'saved'
  | 'typed'
  | 'saving'
  | 'waiting'
  | 'conflict'
  | 'signed_out'
  | 'refused'

/** What is kept on the phone, so that a killed app goes on where it was. */
export interface Kept {
  version: number
  base: Written
  mine: Written
  at: number
}

/** What the sync needs from outside; tests give their own. */
export interface DraftPort {
  load(): Promise<Entry>
  save(version: number, written: Written): Promise<Entry>
  /** What goes to the server of what is written: only what is asked. */
  sendable(written: Written): Written
  read(): Kept | undefined
  /** False when the phone has no room. */
  keep(kept: Kept): boolean
  now(): number
  later(ms: number, act: () => void): () => void
  changed(): void
}

const PAUSE = 1200
const LONGEST_WAIT = 60_000

/**
 * Keeps a draft on the phone at every keystroke and on the server shortly after. What the server does not take yet stays
 * on the phone and says why; what another device changed meanwhile is joined, and asked about where both differ.
 */
export class DraftSync {
  state: DraftState = 'saved'
  /** What is wrong or going on, in words; empty when all is well. */
  sentence = ''
  /** Milliseconds of the last save on the server; 0 for none yet. */
  savedAt = 0
  /** The phone had no room: only the server keeps the draft. */
  phoneFull = false
  conflicts: Conflict[] = []
  /** Faults that kept an answer from the server, by field. */
  faults: Record<string, string> = {}
  mine: Written
  version: number
  private base: Written
  private cancel: (() => void) | undefined
  private running: Promise<void> | undefined
  private again = false
  private wait = 0
  private stopped = false

  constructor(entry: Entry, private readonly port: DraftPort) {
    this.base = port.sendable(writtenOf(entry))
    this.version = entry.version
    this.mine = writtenOf(entry)
    this.savedAt = entry.updated_at
    const kept = port.read()
    if (!kept) return
    if (same(port.sendable(kept.mine), kept.base)) {
      // answers that another choice would ask for are nobody's but this phone's
      this.mine.answers = { ...kept.mine.answers, ...this.base.answers }
      return
    }
    if (same(kept.base, this.base)) {
      this.mine = { ...kept.mine, answers: { ...kept.mine.answers } }
      this.set('typed', '已恢复上次在本机填写、还没有保存到服务器的内容。')
      this.plan(PAUSE)
    } else {
      this.join(kept.base, kept.mine, entry)
    }
  }

  /** An answer was typed or chosen; `undefined` clears it. */
  answer(key: string, value: Answer | undefined): void {
    const answers = { ...this.mine.answers }
    if (value === undefined || value === '') delete answers[key]
    else answers[key] = value
    this.write({ ...this.mine, answers })
  }

  /** Choices, agencies or the place changed. */
  write(written: Written): void {
    this.mine = written
    this.hold()
    if (this.state === 'conflict') return this.port.changed()
    this.set('typed', '')
    this.wait = 0
    this.plan(PAUSE)
  }

  /** The conflicts are decided: keys of which the other side's answer is taken. */
  resolve(theirs: string[]): void {
    const answers = { ...this.mine.answers }
    for (const conflict of this.conflicts) {
      if (!theirs.includes(conflict.key)) continue
      if (conflict.theirs === undefined) delete answers[conflict.key]
      else answers[conflict.key] = conflict.theirs
    }
    this.mine = { ...this.mine, answers }
    this.conflicts = []
    this.hold()
    this.set('typed', '')
    void this.flush()
  }

  /** Is there something that the server does not have? */
  get unsent(): boolean {
    return !same(this.port.sendable(this.mine), this.base)
  }

  /** Sends what is typed now; resolved when the server has it or said why not. */
  async flush(): Promise<void> {
    this.cancel?.()
    this.cancel = undefined
    if (this.running) {
      this.again = true
      return this.running
    }
    this.running = this.send()
    await this.running
    this.running = undefined
    if (this.again) {
      this.again = false
      if (this.unsent && this.state === 'typed') return this.flush()
    }
  }

  /** The page is left; the phone keeps the rest. */
  stop(): void {
    this.stopped = true
    this.cancel?.()
  }

  private async send(): Promise<void> {
    if (this.state === 'conflict') return
    for (let round = 0; round < 4; round++) {
      const sent = this.mine
      const put = this.withoutFaulty(this.port.sendable(sent))
      if (same(put, this.base)) {
        this.set('saved', this.kindly())
        return
      }
      this.set('saving', '')
      try {
        const entry = await this.port.save(this.version, put)
        this.base = this.port.sendable(writtenOf(entry))
        this.version = entry.version
        this.savedAt = this.port.now()
        this.wait = 0
        this.hold()
        if (this.mine === sent) this.set('saved', this.kindly())
        else {
          this.set('typed', '')
          this.plan(PAUSE)
        }
        return
      } catch (error) {
        if (!(await this.goOn(error, sent))) return
      }
    }
    this.set('waiting', '保存没有成功，稍后自动重试。已填写的内容保存在本机。')
    this.plan(this.nextWait())
  }

  /** True when another try makes sense at once. */
  private async goOn(error: unknown, sent: Written): Promise<boolean> {
    const e = error instanceof ApiError ? error : ApiError.network()
    if (e.code === 'stale') {
      try {
        const theirs = await this.port.load()
        this.join(this.base, this.mine, theirs)
      } catch (again) {
        return this.goOn(again, sent)
      }
      return this.conflicts.length === 0
    }
    if (e.passing) {
      this.set('waiting', e.message)
      this.plan(Math.max(e.retryAfter * 1000, this.nextWait()))
      return false
    }
    if (e.status === 401) {
      this.set('signed_out', e.message)
      return false
    }
    const news = this.note(e.violations)
    if (news) return true
    this.set('refused', e.message)
    return false
  }

  /** Notes faults of single answers; false when they say nothing new. */
  private note(violations: Violation[]): boolean {
    let news = false
    for (const v of violations) {
      if (!(v.field in this.mine.answers) || this.faults[v.field]) continue
      this.faults = { ...this.faults, [v.field]: v.message }
      news = true
    }
    return news
  }

  /** The rest is saved though one answer is not sound yet: of that one the server keeps what it had. */
  private withoutFaulty(written: Written): Written {
    const answers: Answers = { ...written.answers }
    for (const key of Object.keys(this.faults)) {
      const before = this.base.answers[key]
      if (before === undefined) delete answers[key]
      else answers[key] = before
    }
    return { ...written, answers }
  }

  /** An answer was changed: what was wrong with it may be right now. */
  forgive(key: string): void {
    if (!this.faults[key]) return
    const { [key]: _, ...rest } = this.faults
    this.faults = rest
  }

  private kindly(): string {
    return Object.keys(this.faults).length ? '标红的内容暂存在本机，改正后才会保存到服务器。' : ''
  }

  private join(base: Written, mine: Written, entry: Entry): void {
    const theirs = this.port.sendable(writtenOf(entry))
    const { merged, conflicts } = merge(base.answers, this.port.sendable(mine).answers, theirs.answers)
    // answers that another choice would ask for are nobody's but this phone's
    const asked = this.port.sendable(mine).answers
    const aside = Object.entries(mine.answers).filter(([key]) => !(key in asked) && !(key in merged))
    this.mine = { ...mergeHead(base, mine, theirs), answers: { ...merged, ...Object.fromEntries(aside) } }
    this.base = theirs
    this.version = entry.version
    this.conflicts = conflicts
    this.hold()
    if (conflicts.length) this.set('conflict', `这份申报在另一台设备上也修改过，有${conflicts.length}处两边不同，请选择保留哪一个。`)
    else {
      this.set('typed', '已合并另一台设备上的修改。')
      this.plan(PAUSE)
    }
  }

  private hold(): void {
    this.phoneFull = !this.port.keep({ version: this.version, base: this.base, mine: this.mine, at: this.port.now() })
  }

  private nextWait(): number {
    this.wait = Math.min(this.wait ? this.wait * 2 : 3000, LONGEST_WAIT)
    return this.wait
  }

  private plan(ms: number): void {
    this.cancel?.()
    if (this.stopped) return
    this.cancel = this.port.later(ms, () => void this.flush())
  }

  private set(state: DraftState, sentence: string): void {
    this.state = state
    this.sentence = sentence
    this.port.changed()
  }
}

/** What is written in an entry. */
export function writtenOf(entry: Entry): Written {
  const { subject, category, route, agency_id, unit_id, region, answers } = entry
  const agencies = { ...(agency_id ? { agency_id } : {}), ...(unit_id ? { unit_id } : {}) }
  return { subject, category, route, ...agencies, region, answers: { ...answers } }
}
