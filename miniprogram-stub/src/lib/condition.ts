import type { Answer, Answers, Choice, Condition, Declaration, Field, Notice, Slot, Written } from '@/api/types'

/** Does the condition hold for these choices and answers? */
export function holds(when: Condition | undefined, choice: Choice, answers: Answers): boolean {
  const among = (keys: string[] | undefined, key: string) => !keys?.length || keys.includes(key)
  return (
    among(when?.subject, choice.subject) &&
    among(when?.category, choice.category) &&
    among(when?.route, choice.route) &&
    (when?.answer ?? []).every(({ field, is }) => is.includes(String(answers[field] ?? '')) && typeof answers[field] === 'string')
  )
}

/** Nothing is written there. */
export function isEmpty(answer: Answer | undefined): boolean {
  if (answer === undefined || answer === null) return true
  return typeof answer === 'number' ? false : typeof answer === 'string' ? answer.trim() === '' : answer.length === 0
}

/** The answers that count: those of fields that are asked. What another choice would ask for stays on the phone only. */
export function counted(notice: Notice, choice: Choice, answers: Answers): Answers {
  let kept = answers
  for (let round = 0; round <= notice.form.field.length; round++) {
    const next: Answers = {}
    for (const field of notice.form.field) {
      const answer = kept[field.key]
      if (answer !== undefined && !isEmpty(answer) && field.kind !== 'children_followers' && holds(field.when, choice, kept)) next[field.key] = answer
    }
    const other = kept[CATEGORY_OTHER]
    if (other !== undefined && !isEmpty(other) && needsText(notice, choice)) next[CATEGORY_OTHER] = other
    if (Object.keys(next).length === Object.keys(kept).length) return next
    kept = next
  }
  return kept
}

/** Key under which “其他” is written out. */
export const CATEGORY_OTHER = 'category_other'

export function needsText(notice: Notice, choice: Choice): boolean {
  return notice.category.some((c) => c.key === choice.category && c.needs_text)
}

/** The fields that are asked, in the order of the form; “其他” written out first where the category wants it. */
export function askedFields(notice: Notice, choice: Choice, answers: Answers): Field[] {
  const fields = notice.form.field.filter((f) => holds(f.when, choice, counted(notice, choice, answers)))
  if (!needsText(notice, choice)) return fields
  const clause = notice.category.find((c) => c.key === choice.category)?.clause ?? null
  const other: Field = {
    key: CATEGORY_OTHER, label: '“其他”的具体类型', kind: 'text', max_chars: 50,
    required: true, added: false, personal: false, hint: null, clause, when: {} as Field['when'],
  }
  return [other, ...fields]
}

/** The slots that files may be put in. */
export function askedSlots(notice: Notice, choice: Choice, answers: Answers): Slot[] {
  return notice.evidence.filter((s) => holds(s.when, choice, counted(notice, choice, answers)))
}

/** The sentences to be confirmed. */
export function askedDeclarations(notice: Notice, choice: Choice, answers: Answers): Declaration[] {
  return notice.form.declaration.filter((d) => holds(d.when, choice, counted(notice, choice, answers)))
}

/** Sum of the accounts' followers (粉丝量总和): computed, never typed. */
export function childrenFollowers(notice: Notice, answers: Answers): number {
  let sum = 0
  for (const field of notice.form.field) {
    const list = answers[field.key]
    if (field.kind === 'children' && Array.isArray(list)) for (const child of list) sum += Number(child.followers) || 0
  }
  return sum
}

/** What is sent to be kept. */
export function sendable(notice: Notice, written: Written): Written {
  return { ...written, answers: counted(notice, written, written.answers) }
}
