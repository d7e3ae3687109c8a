import type { components } from './schema'

export type Violation = components['schemas']['Violation']

/** Why a call did not work: what happened and what to do, in words for people. */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** Stable word for programs. */
    readonly code: string,
    message: string,
    readonly violations: Violation[] = [],
    /** Seconds after which the same call may work. */
    readonly retryAfter = 0,
  ) {
    super(message)
    this.name = 'ApiError'
  }

  static network(): ApiError {
    return new ApiError(0, 'network', '网络没有连通，请检查网络后重试。已填写的内容保存在本机，不会丢失。')
  }

  /** Nothing is wrong with what was sent: the same may work later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** What to do about problems whose sentence on the server names the fault only. */
const ADVICE: Record<string, string> = {
  wechat_code_invalid: '微信登录凭证已过期，请再点一次“微信登录”。',
  wechat_code_used: '微信登录凭证已用过，请再点一次“微信登录”。',
  phone_taken: '这个手机号已绑定另一个账号，这次没有绑定。可以在网页上用这个手机号登录那个账号；不绑定也可以申报。',
  token_invalid: '登录已失效（可能已在别处退出或长时间未使用），请重新登录。已填写的内容保存在本机，登录后继续。',
  unauthenticated: '请先登录。已填写的内容保存在本机，登录后继续。',
  stale: '这份申报刚在另一台设备上修改过，请核对两边的内容后再保存。您填写的内容都在，没有丢失。',
  evidence_changed: '这一项的材料刚有增减，已按最新的列出，请再调整一次。',
  storage_full: '服务器存储空间不足，这次没有保存成功。您填写的内容还在本机，请联系主办单位后重试。',
}

/** What is left to be done where the server's sentence says why not, and no more. */
const THEN: Record<string, string> = {
  deliverable_late: '您填写的内容还在本机；如有特殊情况，请联系主办单位。',
}

/** Reads a problem document (RFC 9457); whatever a proxy says instead becomes a sentence as well. */
export function problemOf(status: number, body: unknown, header: unknown = {}): ApiError {
  const doc = (typeof body === 'string' ? parsed(body) : body) as Partial<components['schemas']['Problem']> | undefined
  const wait = Number(headerOf(header, 'retry-after')) || 0
  const code = typeof doc?.code === 'string' ? doc.code : 'http_' + status
  const said = typeof doc?.detail === 'string' && doc.detail ? doc.detail : unnamed(status)
  const then = THEN[code]
  const words = ADVICE[code] ?? (then ? said.replace(/。?$/, '。') + then : said)
  const hint = status === 429 && wait > 0 ? `${words}（${wait}秒后可以再试）` : words
  return new ApiError(status, code, hint, Array.isArray(doc?.violations) ? doc.violations : [], wait)
}

/** Any thrown thing as a sentence. */
export function inWords(error: unknown): string {
  return error instanceof Error && error.message ? error.message : '操作没有成功，请稍后再试。'
}

function unnamed(status: number): string {
  if (status === 413) return '文件或内容太大，服务器没有接收，请缩小后再试。'
  if (status === 401) return ADVICE.token_invalid as string
  if (status >= 500) return '服务暂时不可用，请稍后再试。已填写的内容保存在本机，不会丢失。'
  return `请求没有成功（${status}），请稍后再试。`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function headerOf(header: unknown, name: string): unknown {
  const all = (header ?? {}) as Record<string, unknown>
  const key = Object.keys(all).find((k) => k.toLowerCase() === name)
  return key ? all[key] : undefined
}
