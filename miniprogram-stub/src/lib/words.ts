/** Times and sizes as people read them. */

import type { Applications } from '@/api/types'

const SHANGHAI = 8 * 3600_000

function parts(at: number) {
  const d = new Date(at + SHANGHAI)
  const two = (n: number) => String(n).padStart(2, '0')
  return { y: d.getUTCFullYear(), m: d.getUTCMonth() + 1, d: d.getUTCDate(), time: `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}` }
}

/** `2024年12月20日 09:12`, Beijing time whatever the phone is set to. */
export function when(at: number): string {
  const { y, m, d, time } = parts(at)
  return `${y}年${m}月${d}日 ${time}`
}

/** `09:12`. */
export function clockTime(at: number): string {
  return parts(at).time
}

/** A day; of an instant that ends a window, the day before midnight: `2024年12月31日`. */
export function day(at: number): string {
  const { y, m, d } = parts(at)
  return `${y}年${m}月${d}日`
}

/** A window's last instant in words: a midnight is said as the end of the day before. */
export function until(closes: number): string {
  const { time } = parts(closes)
  return time === '00:00' ? day(closes - 1) + ' 24:00' : when(closes)
}

/** Whether applications are taken, as a list says it: `正在申报，2024年12月31日 24:00截止`. */
export function applicationsInWords({ opens, closes, state }: Applications): string {
  if (state === 'open') return `正在申报，${until(closes)}截止`
  return state === 'ahead' ? `${when(opens)}开始申报` : `申报已于${until(closes)}截止`
}

/** `3.2 MB`. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 * 1024) return `${Math.round(n / 1024)} KB`
  const mb = n / 1024 / 1024
  return `${mb >= 100 || Number.isInteger(mb) ? Math.round(mb) : mb.toFixed(1)} MB`
}

/** `5分01秒`, `5分钟`. */
export function length(seconds: number): string {
  const [m, s] = [Math.floor(seconds / 60), Math.floor(seconds % 60)]
  if (m === 0) return `${s}秒`
  return s === 0 ? `${m}分钟` : `${m}分${String(s).padStart(2, '0')}秒`
}

/** What a document is opened with, by its name: `Word`. */
export function formatOf(name: string): string {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return { pdf: 'PDF', docx: 'Word', xlsx: 'Excel' }[ending] ?? ending
}
