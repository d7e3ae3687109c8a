import type { Agency, EventView, Notice } from '@/api/types'
import { when } from './words'

/** A line of the timeline (办理进度). */
export interface Line {
  at: number
  title: string
  who: string
  words: string
  tone: 'plain' | 'good' | 'bad'
}

interface Body {
  step?: string
  next?: string
  opinion?: string
  reason?: string
  receipt?: string
  late?: boolean
  items?: { message: string }[]
  due_at?: number
  key?: string
  number?: number
}

/** What an applicant wants to know of what happened; the rest of the trail is the offices' business. */
export function lines(events: EventView[], notice: Notice, agencies: Agency[]): Line[] {
  const step = (key?: string) => notice.step.find((s) => s.key === key)?.label ?? ''
  const agency = (id?: string) => agencies.find((a) => a.id === id)?.name ?? ''
  const told: Line[] = []
  for (const e of events) {
    const body = (e.body ?? {}) as Body
    const line = (title: string, words = '', tone: Line['tone'] = 'plain') =>
      told.push({ at: e.at, title, who: agency(e.agency_id) || (e.actor_kind === 'applicant' ? '申报人' : ''), words, tone })
    switch (e.kind) {
      case 'entry_begun': line('建立草稿'); break
      case 'entry_submitted': line(body.late ? '提交申报（逾期准予）' : '提交申报', body.receipt ? `回执编号 ${body.receipt}` : ''); break
      case 'entry_withdrawn': line('撤回申报', body.reason ?? '', 'bad'); break
      case 'entry_endorsed': line(`${step(body.step)}：同意，等待共同审核的单位`, body.opinion ?? '', 'good'); break
      case 'step_passed': line(body.next ? `${step(body.step)}：同意，转入${step(body.next)}` : `${step(body.step)}：同意，审核完成`, body.opinion ?? '', 'good'); break
      case 'entry_returned': line(`${step(body.step)}：退回补正`, (body.items ?? []).map((i) => i.message).join('；'), 'bad'); break
      case 'slip_extended': line(`补正期限延至 ${when(body.due_at ?? 0)}`, body.reason ?? ''); break
      case 'entry_declined': line(`${step(body.step)}：不予推荐`, body.reason ?? '', 'bad'); break
      case 'form_stamped': line('申报表已盖章', '', 'good'); break
      case 'paper_received': line('收到纸质申报表'); break
      case 'deliverable_handed_in': line('报送后续材料', notice.deliverable.find((d) => d.key === body.key)?.label ?? ''); break
    }
  }
  return told
}

/** The state of an entry in words. */
export function stateInWords(state: string): string {
  const words: Record<string, string> = {
    draft: '草稿，未提交', under_review: '审核中', returned: '退回补正', endorsed: '审核通过', declined: '不予推荐', withdrawn: '已撤回',
  }
  return words[state] ?? state
}
