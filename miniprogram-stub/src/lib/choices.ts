import type { Agency, Notice, Route } from '@/api/types'

/** Subjects that somebody can still enter as: those with a category. */
export function categoriesFor(notice: Notice, subject: string) {
  return notice.category.filter((c) => !c.subject?.length || c.subject.includes(subject))
}

/** The agencies that a route runs through: tier, system and the tier right above. `undefined` where the applicant registers alone. */
export function agenciesFor(notice: Notice, route: Route | undefined, all: Agency[]): Agency[] | undefined {
  const via = route?.via
  if (!via) return undefined
  return all.filter((a) => {
    if (a.tier !== via.tier || (via.system && a.system !== via.system)) return false
    if (!via.under) return true
    // the parent is named in the notice only: agencies that were added later are judged by the server
    const seed = notice.agency.find((s) => s.name === a.name)
    const parent = seed && notice.agency.find((s) => s.key === seed.parent)
    return !parent || parent.tier === via.under
  })
}

/** The first window in which entries are begun and handed in. */
export function applyStage(notice: Notice): string | undefined {
  return notice.stage.find((s) => s.act?.includes('apply'))?.key
}
