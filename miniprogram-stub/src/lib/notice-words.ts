import type { Agency, Condition, FieldKind, Notice } from '@/api/types'

/** “仅限”: to whom something applies, in the notice's own names; empty where it applies to all. */
export function scopeInWords(notice: Notice, when: Condition | undefined): string {
  const names = (keys: string[] | undefined, list: { key: string; label: string }[]) => (keys ?? []).map((k) => list.find((x) => x.key === k)?.label ?? k).join('、')
  const parts = [names(when?.subject, notice.subject), names(when?.category, notice.category), names(when?.route, notice.route)].filter(Boolean)
  for (const { field, is } of when?.answer ?? []) {
    const asked = notice.form.field.find((f) => f.key === field)
    const options = asked?.kind === 'choice' ? asked.options : asked?.kind === 'platform' ? notice.platform : []
    parts.push(`${asked?.label ?? field}为${names(is, options)}`)
  }
  return parts.join('；')
}

/** The rules that refuse or ask, each by the words of the notice; one clause once. */
export function rulesInWords(notice: Notice): { key: string; clause: string; scope: string }[] {
  const seen = new Set<string>()
  return notice.rule.flatMap((rule) => {
    const once = rule.clause + scopeInWords(notice, rule.when)
    if (seen.has(once)) return []
    seen.add(once)
    return [{ key: rule.key, clause: rule.clause, scope: scopeInWords(notice, rule.when) }]
  })
}

/** What a step of the review is, in a line. */
export function stepInWords(step: Notice['step'][number]): string {
  return step.mode === 'all' && step.system.length > 1 ? `${step.label}（共同审核）` : step.label
}

/** Kinds that a person chooses rather than types. */
export const CHOSEN: FieldKind[] = ['choice', 'platform', 'region', 'date']

/** The name of an agency. */
export function agencyName(agencies: Agency[], id: string | undefined): string {
  return agencies.find((a) => a.id === id)?.name ?? ''
}
