import type { Answer, Child, Field, Notice } from '@/api/types'
import { percentTyped } from './form-check'
import { fullName } from './regions'

/** An answer as a person reads it. */
export function answerInWords(notice: Notice, field: Field | undefined, answer: Answer | undefined): string {
  if (answer === undefined || answer === '') return ''
  const platform = (key: string) => notice.platform.find((p) => p.key === key)?.label ?? key
  if (Array.isArray(answer)) return (answer as Child[]).map((c, i) => `${i + 1}. ${c.name}（${platform(c.platform)}，${c.account_id}，粉丝${c.followers}）`).join('\n')
  switch (field?.kind) {
    case 'choice': return field.options.find((o) => o.key === answer)?.label ?? String(answer)
    case 'platform': return platform(String(answer))
    case 'region': return fullName(String(answer)) || String(answer)
    case 'percent': return percentTyped(answer) + '%'
    default: return String(answer)
  }
}
