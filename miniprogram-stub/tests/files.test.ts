import { describe, expect, test } from 'vitest'
import type { Limits, Slot } from '@/api/types'
import { fingerprint, kindOf, limitsInWords, refusal } from '@/lib/files'

const MB = 1024 * 1024
const limits: Limits = { picture_bytes: 10 * MB, picture_pixels: 5e7, pdf_bytes: 20 * MB, pdf_pages: 200, video_bytes: 200 * MB, video_seconds: 300, part_bytes: 4 * MB }
const slot = (more: Partial<Slot>): Slot =>
  ({ key: 'k', label: '相关图片', kind: 'image', min: 3, max: 3, max_seconds: null, seconds_effect: null, stamped_form: false, suggested: [], clause: null, when: {}, ...more }) as Slot
const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))

test.each([
  ['\xff\xd8\xff\xe0', 'jpeg'], ['\x89PNG\r\n', 'png'], ['RIFF0000WEBP', 'webp'], ['%PDF-1.7', 'pdf'], ['\n%PDF-1.7', 'pdf'], ['0000ftypisom', 'mp4'],
  ['0000ftypqt  ', 'mov'], ['0000ftypheic', 'heic'], ['MZ\x90', 'program'], ['PK\x03\x04', 'archive'], ['', 'empty'], ['hello', 'other'],
] as const)('%j is %s', (head, kind) => expect(kindOf(bytes(head))).toBe(kind))

describe('a file that cannot go in says why and what to do', () => {
  const video = slot({ label: '短视频', kind: 'video', min: 1, max: 1, max_seconds: 300, seconds_effect: 'block' })
  test('a renamed program', () => {
    expect(refusal(slot({}), limits, { name: '照片.jpg', size: 9, kind: 'program' })).toBe('“照片.jpg”的内容是可执行程序，相关图片只接受JPEG、PNG或WebP图片，没有上传。请另选文件。')
  })
  test('a picture of 60 MB', () => {
    expect(refusal(slot({}), limits, { name: 'a.png', size: 60 * MB, kind: 'png' })).toBe('“a.png”有60 MB，不能超过10 MB，请缩小尺寸或截图后再选。')
  })
  test('a video of 5:01; less than a second beyond is taken', () => {
    expect(refusal(video, limits, { name: 'v.mp4', size: MB, kind: 'mp4', seconds: 301 })).toContain('长5分01秒，不能超过5分钟')
    expect(refusal(video, limits, { name: 'v.mp4', size: MB, kind: 'mp4', seconds: 300.9 })).toBe('')
  })
  test('where the notice only advises, a longer one is taken', () => {
    expect(refusal({ ...video, seconds_effect: 'warn' }, limits, { name: 'v.mp4', size: MB, kind: 'mp4', seconds: 400 })).toBe('')
  })
  test('a phone’s HEIC', () => expect(refusal(slot({}), limits, { name: 'IMG.HEIC', size: MB, kind: 'heic' })).toContain('兼容性最佳'))
  test('a good one passes', () => expect(refusal(slot({}), limits, { name: 'a.jpg', size: MB, kind: 'jpeg' })).toBe(''))
})

test('limits are said before choosing', () => {
  expect(limitsInWords(slot({}), limits)).toBe('JPEG、PNG或WebP图片；需3张；每张不超过10 MB。')
  expect(limitsInWords(slot({ kind: 'scan', min: 0, max: 10 }), limits)).toBe('PDF文件或图片；可不传，最多10件；每张图片不超过10 MB，PDF不超过20 MB、200页。')
  expect(limitsInWords(slot({ kind: 'video', min: 1, max: 1, max_seconds: 300, seconds_effect: 'block' }), limits)).toBe('MP4或MOV视频；需1个；时长不超过5分钟，不超过200 MB。')
})

test('a file is known again, another one is not', () => {
  const mark = fingerprint(5, bytes('hello'), bytes('hello'))
  expect(fingerprint(5, bytes('hello'), bytes('hello'))).toBe(mark)
  expect(fingerprint(5, bytes('hellp'), bytes('hellp'))).not.toBe(mark)
})
