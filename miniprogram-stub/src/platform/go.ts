import { write } from '@/platform/storage'

/** Moving between pages. */
export function go(page: string, query: Record<string, string | undefined> = {}): void {
  const asked = Object.entries(query).filter(([, v]) => v !== undefined)
  uni.navigateTo({ url: at(page, asked as [string, string][]) })
}

/** In place of the page one is on: the steps of an entry are no stack to be walked back through. */
export function turnTo(page: string, query: Record<string, string | undefined> = {}): void {
  const asked = Object.entries(query).filter(([, v]) => v !== undefined)
  uni.redirectTo({ url: at(page, asked as [string, string][]) })
}

function at(page: string, query: [string, string][]): string {
  const text = query.map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join('&')
  return `/pages/${page}/index${text ? '?' + text : ''}`
}

export function back(): void {
  if (getCurrentPages().length > 1) uni.navigateBack({})
  else uni.reLaunch({ url: '/pages/index/index' })
}

export function home(): void {
  uni.reLaunch({ url: '/pages/index/index' })
}

/** Remembers where an applicant was, so that a killed app offers to go on there. */
export function rememberPlace(entry: string, page: string): void {
  write('last', { entry, page })
}

export function toast(title: string): void {
  uni.showToast({ title, icon: 'none', duration: 2500 })
}
