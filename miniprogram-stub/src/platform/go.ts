import { nextTick } from 'vue'
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

/** Where one would be after going back, as `/pages/form/index?id=…`. Browsers only. */
export function placeBelow(): string | undefined {
  const pages = getCurrentPages() as unknown as { $page?: { fullPath?: string } }[]
  return pages[pages.length - 2]?.$page?.fullPath
}

/** To such a place. */
export function goPlace(place: string): void {
  uni.navigateTo({ url: place })
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

/** Brings a sentence into sight that appeared where nobody may be looking. */
export function showPlace(selector: string): void {
  void nextTick(() => uni.pageScrollTo({ selector, duration: 200, offsetTop: -80 } as UniApp.PageScrollToOptions))
}

export function toast(title: string): void {
  uni.showToast({ title, icon: 'none', duration: 2500 })
}
