import type { Answer, Answers, Written } from '@/api/types'
import { tidy } from './text'

/** One place that two devices wrote differently. */
export interface Conflict {
  key: string
  mine: Answer | undefined
  theirs: Answer | undefined
}

/** Do two answers say the same, once stored? */
export function same(a: unknown, b: unknown): boolean {
  return plain(a) === plain(b)
}

function plain(value: unknown): string {
  if (value === undefined || value === null || value === '') return ''
  if (typeof value === 'string') return 's' + tidy(value)
  if (Array.isArray(value)) return value.length ? 'l' + value.map(plain).join('\u0001') : ''
  if (typeof value === 'object') {
    const o = value as Record<string, unknown>
    return 'o' + Object.keys(o).sort().map((k) => k + '=' + plain(o[k])).join('\u0002')
  }
  return 'n' + String(value)
}

/**
 * Joins what two devices wrote since they agreed on `base`: what one side changed is taken, what both changed alike is
 * no conflict, and what both changed differently is asked about. Until it is answered, `merged` keeps mine.
 */
export function merge(base: Answers, mine: Answers, theirs: Answers): { merged: Answers; conflicts: Conflict[] } {
  const merged: Answers = {}
  const conflicts: Conflict[] = []
  const keys = new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(theirs)])
  for (const key of keys) {
    const [b, m, t] = [base[key], mine[key], theirs[key]]
    const taken = same(m, b) && !same(t, b) ? t : m
    if (taken !== undefined) merged[key] = taken
    if (!same(m, b) && !same(t, b) && !same(m, t)) conflicts.push({ key, mine: m, theirs: t })
  }
  return { merged, conflicts }
}

/** The head of what is written: choices, agencies, place. Mine, unless only they changed it. */
export function mergeHead(base: Written, mine: Written, theirs: Written): Omit<Written, 'answers'> {
  const head = (w: Written) => [w.subject, w.category, w.route, w.agency_id, w.unit_id, w.region].map((x) => x ?? '').join('|')
  const { answers: _, ...taken } = head(mine) === head(base) ? theirs : mine
  return taken
}
