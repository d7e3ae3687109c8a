import { address, call, identity } from '@/api/call'
import { ApiError, problemOf } from '@/api/problem'
import type { Upload } from '@/api/types'
import { signedOut, token } from '@/state/session'

/** Milliseconds for one part: 4 MB on a line of 30 KB/s. */
const PART_PATIENCE = 180_000

/** Sends one part of a file. Only browsers tell how much of a request went out; WeChat tells of whole parts. */
export function putPart(entry: string, upload: string, number: number, part: ArrayBuffer, sent: (bytes: number) => void): Promise<Upload> {
  const url = address('/entries/{id}/uploads/{upload}/parts/{number}', { path: { id: entry, upload, number } })
  const header = { ...identity(), 'content-type': 'application/octet-stream' }
  const held = token()
  return new Promise((resolve, reject) => {
    const answered = (status: number, body: unknown, headers: unknown) => {
      if (status >= 200 && status < 300) return resolve((typeof body === 'string' ? JSON.parse(body) : body) as Upload)
      if (status === 401) signedOut(held)
      reject(problemOf(status, body, headers))
    }
    // #ifdef H5
    const request = new XMLHttpRequest()
    request.open('PUT', url)
    request.timeout = PART_PATIENCE
    for (const [name, value] of Object.entries(header)) request.setRequestHeader(name, value)
    request.upload.onprogress = (e) => sent(e.loaded)
    request.onload = () => answered(request.status, request.responseText, { 'retry-after': request.getResponseHeader('retry-after') })
    request.onerror = request.ontimeout = () => reject(ApiError.network())
    request.send(part)
    // #endif
    // #ifndef H5
    uni.request({
      url, method: 'PUT', data: part, header, timeout: PART_PATIENCE,
      success: (r) => {
        sent(part.byteLength)
        answered(r.statusCode, r.data, r.header)
      },
      fail: () => reject(ApiError.network()),
    })
    // #endif
  })
}

/** Fetches a file of the server into this phone; the address of the local copy. An `<image>` cannot say who asks. */
export function fetchFile(path: string, place: Record<string, unknown>): Promise<string> {
  const url = address(path, { path: place })
  const held = token()
  return new Promise((resolve, reject) => {
    // #ifdef H5
    const request = new XMLHttpRequest()
    request.open('GET', url)
    request.responseType = 'blob'
    request.timeout = PART_PATIENCE
    for (const [name, value] of Object.entries(identity())) request.setRequestHeader(name, value)
    request.onload = async () => {
      if (request.status >= 200 && request.status < 300) return resolve(URL.createObjectURL(request.response as Blob))
      if (request.status === 401) signedOut(held)
      reject(problemOf(request.status, await (request.response as Blob).text()))
    }
    request.onerror = request.ontimeout = () => reject(ApiError.network())
    request.send()
    // #endif
    // #ifndef H5
    uni.downloadFile({
      url, header: identity(), timeout: PART_PATIENCE,
      success: (r) => {
        if (r.statusCode === 200) return resolve(r.tempFilePath)
        if (r.statusCode === 401) signedOut(held)
        reject(problemOf(r.statusCode, undefined))
      },
      fail: () => reject(ApiError.network()),
    })
    // #endif
  })
}

/** Fetches a document and hands it to the person: saved by a browser, opened by WeChat, where the menu sends or keeps it. */
export async function openPaper(path: string, place: Record<string, unknown>, name: string): Promise<void> {
  const local = await fetchFile(path, place)
  // #ifdef H5
  const link = document.createElement('a')
  link.href = local
  link.download = name
  document.body.appendChild(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(local), 60_000)
  // #endif
  // #ifndef H5
  await new Promise<void>((resolve, reject) =>
    uni.openDocument({ filePath: local, fileType: name.slice(name.lastIndexOf('.') + 1) as 'pdf', showMenu: true, success: () => resolve(), fail: () => reject(new Error('这份文件没有打开，请再试一次。')) }),
  )
  // #endif
}

/** Operations on uploads that are plain calls. */
export const uploads = {
  begin: (id: string, key: string, slot: string, file_name: string, bytes: number) =>
    call('post', '/entries/{id}/uploads', { path: { id }, header: { 'Idempotency-Key': key }, body: { slot, file_name, bytes } }),
  get: (id: string, upload: string) => call('get', '/entries/{id}/uploads/{upload}', { path: { id, upload } }),
  list: (id: string) => call('get', '/entries/{id}/uploads', { path: { id } }),
  finish: (id: string, upload: string) => call('post', '/entries/{id}/uploads/{upload}/finish', { path: { id, upload }, body: {} }),
  drop: (id: string, upload: string) => call('delete', '/entries/{id}/uploads/{upload}', { path: { id, upload } }),
}
