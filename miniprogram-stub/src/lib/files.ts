import type { Limits, Slot } from '@/api/types'
import { bytes, length } from './words'

/** What a file is, by its first bytes; its name may say anything. */
export type FileKind = 'jpeg' | 'png' | 'webp' | 'heic' | 'gif' | 'bmp' | 'pdf' | 'mp4' | 'mov' | 'program' | 'archive' | 'office' | 'empty' | 'other'

export function kindOf(head: Uint8Array): FileKind {
  const starts = (...b: number[]) => b.every((x, i) => head[i] === x)
  const ascii = (from: number, to: number) => String.fromCharCode(...Array.from(head.slice(from, to)))
  if (head.length === 0) return 'empty'
  if (starts(0xff, 0xd8, 0xff)) return 'jpeg'
  if (starts(0x89, 0x50, 0x4e, 0x47)) return 'png'
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'webp'
  if (ascii(0, 4) === 'GIF8') return 'gif'
  if (ascii(0, 2) === 'BM') return 'bmp'
  if (ascii(0, 1024).includes('%PDF-')) return 'pdf'
  if (ascii(4, 8) === 'ftyp') {
    const brand = ascii(8, 12)
    if (/^(hei|hev|mif|msf|avif)/.test(brand)) return 'heic'
    return brand === 'qt  ' ? 'mov' : 'mp4'
  }
  if (['moov', 'mdat', 'wide', 'free'].includes(ascii(4, 8))) return 'mov'
  if (starts(0x4d, 0x5a) || starts(0x7f, 0x45, 0x4c, 0x46)) return 'program'
  if (starts(0x50, 0x4b, 3, 4) || ascii(0, 4) === 'Rar!' || starts(0x37, 0x7a)) return 'archive'
  if (starts(0xd0, 0xcf, 0x11, 0xe0)) return 'office'
  return 'other'
}

const NAMES: Record<FileKind, string> = {
  jpeg: 'JPEG图片', png: 'PNG图片', webp: 'WebP图片', heic: 'HEIC图片', gif: 'GIF图片', bmp: 'BMP图片', pdf: 'PDF文件',
  mp4: 'MP4视频', mov: 'MOV视频', program: '可执行程序', archive: '压缩包或Word、Excel文件', office: 'Word、Excel文件',
  empty: '空文件', other: '无法识别的文件',
}

const isPicture = (k: FileKind) => k === 'jpeg' || k === 'png' || k === 'webp'

/** Does the slot take such a file? */
export function takes(slot: Slot, kind: FileKind): boolean {
  switch (slot.kind) {
    case 'image': return isPicture(kind)
    case 'video': return kind === 'mp4' || kind === 'mov'
    case 'pdf': return kind === 'pdf'
    case 'scan': return isPicture(kind) || kind === 'pdf'
  }
}

const TAKEN: Record<Slot['kind'], string> = {
  image: 'JPEG、PNG或WebP图片', video: 'MP4或MOV视频', pdf: 'PDF文件', scan: 'PDF文件或图片',
}

/** Everything that has to be known before a file is chosen. */
export function limitsInWords(slot: Slot, limits: Limits): string {
  const unit = slot.kind === 'image' ? '张' : slot.kind === 'video' ? '个' : '件'
  const count = slot.min === slot.max ? `需${slot.min}${unit}` : slot.min > 0 ? `${slot.min}至${slot.max}${unit}` : `可不传，最多${slot.max}${unit}`
  const picture = `每${slot.kind === 'scan' ? '张图片' : '张'}不超过${bytes(limits.picture_bytes)}`
  const pdf = `PDF不超过${bytes(limits.pdf_bytes)}、${limits.pdf_pages}页`
  const seconds = slot.max_seconds ?? limits.video_seconds
  const strict = slot.max_seconds === null || slot.seconds_effect !== 'warn'
  const video = `时长${strict ? '不超过' : '以'}${length(seconds)}${strict ? '' : '以内为宜'}，不超过${bytes(limits.video_bytes)}`
  const size = { image: picture, video, pdf, scan: `${picture}，${pdf}` }[slot.kind]
  return `${TAKEN[slot.kind]}；${count}；${size}。`
}

/** A file that was picked. */
export interface Judged {
  name: string
  size: number
  kind: FileKind
  /** Of a video, where it is known. */
  seconds?: number
}

/** Why the file cannot go into the slot, and what to do; empty when it can. */
export function refusal(slot: Slot, limits: Limits, file: Judged): string {
  const named = `“${file.name}”`
  if (file.kind === 'empty' || file.size === 0) return `${named}是空文件，请重新选择。`
  if (!takes(slot, file.kind)) {
    if (file.kind === 'heic') return `${named}是HEIC格式，${slot.label}只接受${TAKEN[slot.kind]}。请在手机“设置—相机—格式”中选择“兼容性最佳”后重拍，或转存为JPEG。`
    return `${named}的内容是${NAMES[file.kind]}，${slot.label}只接受${TAKEN[slot.kind]}，没有上传。请另选文件。`
  }
  const most = file.kind === 'pdf' ? limits.pdf_bytes : isPicture(file.kind) ? limits.picture_bytes : limits.video_bytes
  if (file.size > most) {
    const advice = isPicture(file.kind) ? '请缩小尺寸或截图后再选' : file.kind === 'pdf' ? '请压缩或分成几份后再选' : '请压缩或剪短后再选'
    return `${named}有${bytes(file.size)}，不能超过${bytes(most)}，${advice}。`
  }
  const seconds = slot.max_seconds ?? limits.video_seconds
  const strict = slot.max_seconds === null || slot.seconds_effect !== 'warn'
  // containers round: less than a second beyond is taken, as on the server
  if (file.seconds !== undefined && strict && file.seconds >= seconds + 1) {
    return `${named}长${length(file.seconds)}，不能超过${length(seconds)}，没有上传。请剪短后再选。`
  }
  return ''
}

/** Pictures above this many bytes are made smaller before they are sent. */
export const COMPRESS_ABOVE = 3 * 1024 * 1024

/** A mark by which the same file is known again after the app was killed; not a proof of sameness for anybody else. */
export function fingerprint(size: number, head: Uint8Array, tail: Uint8Array): string {
  let hash = 0x811c9dc5
  for (const chunk of [head, tail]) for (const b of chunk) hash = Math.imul(hash ^ b, 0x01000193) >>> 0
  return `${size}-${hash.toString(16)}`
}
