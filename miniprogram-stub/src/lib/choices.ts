import type { Agency, Notice, Route } from '@/api/types'

/** What is chosen before the form is filled, as a slip names it; in words. */
export const CHOICES: Record<string, string> = {
  'choice.subject': '申报对象', 'choice.category': '申报类别', 'choice.route': '申报途径',
  'choice.agency_id': '申报经由单位', 'choice.unit_id': '所在单位', 'choice.region': '所在地区',
}

/** Subjects that somebody can still enter as: those with a category. */
export function categoriesFor(notice: Notice, subject: string) {
  return notice.category.filter((c) => !c.subject?.length || c.subject.includes(subject))
}

/** The agencies that a route runs through: tier, system and the tier right above. `undefined` where the applicant registers alone. */
export function agenciesFor(route: Route | undefined, all: Agency[]): Agency[] | undefined {
  const via = route?.via
  if (!via) return undefined
  return all.filter((a) => {
    if (a.tier !== via.tier || (via.system && a.system !== via.system)) return false
    return !via.under || above(a, all)?.tier === via.under
  })
}

const above = (a: Agency, all: Agency[]) => all.find((b) => b.id === a.parent_id)

/** Agencies to choose from; under several cities, those of a city together and with its name: names of counties may be alike. */
export function agencyOptions(agencies: Agency[], all: Agency[]): { key: string; label: string; note?: string }[] {
  const cities = [...new Set(agencies.map((a) => above(a, all)))]
  if (cities.length < 2) return agencies.map((a) => ({ key: a.id, label: a.name }))
  return cities.flatMap((city) => agencies.filter((a) => above(a, all) === city).map((a) => ({ key: a.id, label: a.name, ...(city && { note: city.name }) })))
}

/** The first window in which entries are begun and handed in. */
export function applyStage(notice: Notice): string | undefined {
  return notice.stage.find((s) => s.act?.includes('apply'))?.key
}
