import type { Slot } from '@/api/types'
import { COMPRESS_ABOVE, fingerprint, kindOf, type Judged } from '@/lib/files'
import type { Readable } from '@/lib/upload-queue'

/** A file that a person chose, looked at: what it is, how long it plays, how to read it. */
export type Picked = Judged & Readable

/** Where a file may come from. In a browser the system asks itself. */
export type Source = 'pictures' | 'video' | 'chat' | 'disk'

/** What can be offered for a slot on this platform. */
export function sourcesFor(slot: Slot): { source: Source; label: string }[] {
  // #ifdef MP-WEIXIN
  const pictures = { source: 'pictures' as const, label: '拍照或从相册选图片' }
  const video = { source: 'video' as const, label: '拍摄或从相册选视频' }
  const chat = { source: 'chat' as const, label: slot.kind === 'video' ? '从微信聊天选视频' : slot.kind === 'image' ? '从微信聊天选图片' : '从微信聊天选PDF' }
  if (slot.kind === 'image') return [pictures, chat]
  if (slot.kind === 'video') return [video, chat]
  return slot.kind === 'pdf' ? [chat] : [pictures, chat]
  // #endif
  // #ifndef MP-WEIXIN
  const labels: Record<Slot['kind'], string> = { image: '选择图片', video: '选择视频', pdf: '选择PDF文件', scan: '选择PDF或图片' }
  return [{ source: 'disk' as const, label: labels[slot.kind] }]
  // #endif
}

const EDGE = 128 * 1024

/** Opens the system's chooser; at most `count` files. Resolves with nothing when the person turns back. */
export async function pick(slot: Slot, source: Source, count: number): Promise<Picked[]> {
  // #ifdef H5
  void source
  const files = await chooseOnDisk(slot, count > 1)
  return Promise.all(files.map((file) => fromDisk(file, slot)))
  // #endif
  // #ifndef H5
  return pickInWechat(slot, source, count)
  // #endif
}

// #ifdef H5
const ACCEPT: Record<Slot['kind'], string> = {
  image: 'image/jpeg,image/png,image/webp',
  video: 'video/mp4,video/quicktime',
  pdf: 'application/pdf,.pdf',
  scan: 'image/jpeg,image/png,image/webp,application/pdf,.pdf',
}

function chooseOnDisk(slot: Slot, several: boolean): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = ACCEPT[slot.kind]
    input.multiple = several
    input.style.display = 'none'
    input.setAttribute('aria-label', slot.label)
    document.body.appendChild(input)
    const end = (files: File[]) => {
      input.remove()
      resolve(files)
    }
    input.addEventListener('change', () => end(Array.from(input.files ?? [])))
    input.addEventListener('cancel', () => end([]))
    input.click()
  })
}

async function fromDisk(chosen: File, slot: Slot): Promise<Picked> {
  const kind = kindOf(new Uint8Array(await chosen.slice(0, 4096).arrayBuffer()))
  const picture = kind === 'jpeg' || kind === 'png' || kind === 'webp'
  const blob = picture && chosen.size > COMPRESS_ABOVE ? await smaller(chosen, slot.stamped_form) : chosen
  const head = new Uint8Array(await blob.slice(0, EDGE).arrayBuffer())
  const tail = new Uint8Array(await blob.slice(Math.max(0, blob.size - EDGE)).arrayBuffer())
  const seconds = kind === 'mp4' || kind === 'mov' ? await secondsOf(chosen) : undefined
  return {
    name: blob === chosen ? chosen.name : chosen.name.replace(/\.\w+$/, '') + '.jpg',
    size: blob.size,
    kind: blob === chosen ? kind : 'jpeg',
    ...(seconds === undefined ? {} : { seconds }),
    ...(picture ? { preview: URL.createObjectURL(blob) } : {}),
    mark: fingerprint(blob.size, head, tail),
    read: (from, length) => blob.slice(from, from + length).arrayBuffer(),
  }
}

/** A picture with its longest side at most 3000 px (4200 for a scan, whose seal is looked at), as JPEG; the original where that gains nothing. */
async function smaller(file: File, scan: boolean): Promise<Blob> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
    const scale = Math.min(1, (scan ? 4200 : 3000) / Math.max(bitmap.width, bitmap.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(bitmap.width * scale)
    canvas.height = Math.round(bitmap.height * scale)
    const pen = canvas.getContext('2d')
    if (!pen) return file
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    bitmap.close()
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.88))
    return blob && blob.size < file.size ? blob : file
  } catch {
    // a picture that this browser cannot draw is judged by the server
    return file
  }
}

function secondsOf(file: File): Promise<number | undefined> {
  return new Promise((resolve) => {
    const video = document.createElement('video')
    const url = URL.createObjectURL(file)
    const end = (seconds?: number) => {
      URL.revokeObjectURL(url)
      resolve(seconds !== undefined && Number.isFinite(seconds) ? seconds : undefined)
    }
    video.preload = 'metadata'
    video.onloadedmetadata = () => end(video.duration)
    video.onerror = () => end()
    setTimeout(() => end(), 8000)
    video.src = url
  })
}
// #endif

// #ifdef MP-WEIXIN
interface Chosen {
  path: string
  size: number
  name: string
  seconds?: number
}

async function pickInWechat(slot: Slot, source: Source, count: number): Promise<Picked[]> {
  const chosen = source === 'chat' ? await fromChat(slot, count) : await fromCamera(slot, source, count)
  return Promise.all(chosen.map((c) => inWechat(c, slot)))
}

function fromCamera(slot: Slot, source: Source, count: number): Promise<Chosen[]> {
  return new Promise((resolve, reject) => {
    wx.chooseMedia({
      count: Math.min(count, 9),
      mediaType: [source === 'video' ? 'video' : 'image'],
      sizeType: slot.stamped_form ? ['original'] : ['original', 'compressed'],
      maxDuration: 60,
      success: ({ tempFiles }) =>
        resolve(
          tempFiles.map((f, i) => ({
            path: f.tempFilePath,
            size: f.size,
            name: `${slot.label}${i + 1}.${f.tempFilePath.split('.').pop() ?? (source === 'video' ? 'mp4' : 'jpg')}`,
            ...(source === 'video' ? { seconds: f.duration } : {}),
          })),
        ),
      fail: (e) => (/cancel/.test(e.errMsg) ? resolve([]) : reject(new Error(refusedByWechat(e.errMsg)))),
    })
  })
}

function fromChat(slot: Slot, count: number): Promise<Chosen[]> {
  const type = slot.kind === 'video' ? 'video' : slot.kind === 'image' ? 'image' : 'file'
  return new Promise((resolve, reject) => {
    wx.chooseMessageFile({
      count: Math.min(count, 100),
      type,
      ...(type === 'file' ? { extension: ['pdf'] } : {}),
      success: ({ tempFiles }) => resolve(tempFiles.map((f) => ({ path: f.path, size: f.size, name: f.name }))),
      fail: (e) => (/cancel/.test(e.errMsg) ? resolve([]) : reject(new Error(refusedByWechat(e.errMsg)))),
    })
  })
}

function refusedByWechat(message: string): string {
  if (/system permission/.test(message)) return '手机没有允许微信使用相册或相机。请在手机的系统设置中找到微信，允许后再选择文件。'
  return /privacy|auth|deny/.test(message)
    ? '微信没有取得您对读取文件的同意。请在右上角“…—设置”中允许后，再选择文件。'
    : '微信没有打开选择窗口，请再试一次；仍不行时请重启微信。'
}

async function inWechat(chosen: Chosen, slot: Slot): Promise<Picked> {
  let { path, size } = chosen
  const kind = kindOf(new Uint8Array(await readPart(path, 0, Math.min(4096, size))))
  const picture = kind === 'jpeg' || kind === 'png' || kind === 'webp'
  let name = chosen.name
  if (picture && size > COMPRESS_ABOVE && !slot.stamped_form) {
    const compressed = await compressed_(path)
    if (compressed && compressed.size < size) {
      ;({ path, size } = compressed)
      name = name.replace(/\.\w+$/, '') + '.jpg'
    }
  }
  const head = new Uint8Array(await readPart(path, 0, Math.min(EDGE, size)))
  const from = Math.max(0, size - EDGE)
  const tail = new Uint8Array(await readPart(path, from, size - from))
  return {
    name, size,
    kind: path === chosen.path ? kind : kindOf(head),
    ...(chosen.seconds === undefined ? {} : { seconds: chosen.seconds }),
    ...(picture ? { preview: path } : {}),
    mark: fingerprint(size, head, tail),
    read: (at, length) => readPart(path, at, length),
  }
}

function readPart(filePath: string, position: number, length: number): Promise<ArrayBuffer> {
  if (length <= 0) return Promise.resolve(new ArrayBuffer(0))
  return new Promise((resolve, reject) => {
    wx.getFileSystemManager().readFile({
      filePath, position, length,
      success: ({ data }) => resolve(data as ArrayBuffer),
      fail: () => reject(new Error('手机上的文件读不到了（可能已被清理），请重新选择。')),
    })
  })
}

function compressed_(src: string): Promise<{ path: string; size: number } | undefined> {
  return new Promise((resolve) => {
    wx.compressImage({
      src, quality: 85, compressedWidth: 3000,
      success: ({ tempFilePath }) =>
        wx.getFileSystemManager().getFileInfo({
          filePath: tempFilePath,
          success: ({ size }) => resolve({ path: tempFilePath, size }),
          fail: () => resolve(undefined),
        }),
      fail: () => resolve(undefined),
    })
  })
}
// #endif
