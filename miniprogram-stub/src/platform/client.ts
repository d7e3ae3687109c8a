import { call, send } from '@/api/call'
import { ApiError } from '@/api/problem'
import { newKey } from '@/lib/id'
import { signIn, type Held } from '@/state/session'

/** A template of subscribe messages (订阅消息). */
interface Template {
  template_id: string
  occasions: string[]
  lasting: boolean
}

/** What this installation offers; an older server says nothing, then the parts of WeChat that it lacks are off. */
export interface ClientSettings {
  wechat_sign_in: boolean
  phone_sign_in: boolean
  /** `PUT /me/phone`. */
  phone_exchange: boolean
  /** Pages inside WeChat may sign in at `/wechat/sign-in`. */
  official_account_sign_in: boolean
  /** What is handed in is judged by WeChat as well. */
  content_check: boolean
  subscribe_templates: Template[]
}

const OLDER: ClientSettings = {
  wechat_sign_in: true, phone_sign_in: true, phone_exchange: true, official_account_sign_in: false, content_check: false, subscribe_templates: [],
}
let known: Promise<ClientSettings> | undefined

export function clientSettings(): Promise<ClientSettings> {
  known ??= send<ClientSettings>('get', '/client-settings').catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 404)) known = undefined
    return OLDER
  })
  return known
}

/** Signs in with the WeChat account of this phone. */
export async function signInWithWechat(): Promise<void> {
  const code = await new Promise<string>((resolve, reject) =>
    uni.login({ provider: 'weixin', success: (r) => resolve(r.code), fail: () => reject(new Error('微信没有应答，请再点一次；仍不行时可以用手机号登录。')) }),
  )
  signIn(await call('post', '/sessions/wechat', { body: { code } }))
}

/** Is this a page inside WeChat? */
export function insideWechat(): boolean {
  // #ifdef H5
  return /MicroMessenger/i.test(navigator.userAgent)
  // #endif
  // #ifndef H5
  return false
  // #endif
}

/** The reader leaves for WeChat and comes back with a word in the address. */
export function leaveForWechat(): void {
  // #ifdef H5
  location.href = '/wechat/sign-in'
  // #endif
}

const WENT_WRONG: Record<string, string> = {
  too_many: '登录过于频繁，请稍后再试。',
  unavailable: '微信暂时没有应答，请稍后再试，或用手机号登录。',
}

/** Takes the word with which WeChat led the reader back. True: signed in; a sentence: it went wrong; false: nothing came. */
export async function cameBack(): Promise<boolean | string> {
  // #ifdef H5
  const query = new URLSearchParams(location.search)
  const word = query.get('sign_in')
  const wrong = query.get('sign_in_error')
  if (!word && !wrong) return false
  // the word is good once; it must not stay in the address
  history.replaceState(null, '', location.pathname + location.hash)
  if (wrong) return WENT_WRONG[wrong] ?? '微信登录没有成功，请再试一次，或用手机号登录。'
  try {
    signIn(await send<Held>('post', '/sessions/official-account', { body: { code: word } }))
    return true
  } catch (error) {
    return error instanceof Error ? error.message : '微信登录没有成功，请再试一次。'
  }
  // #endif
  // #ifndef H5
  return false
  // #endif
}

/** Asks, at this very tap, whether results may be told by a WeChat message. Never keeps the applicant from going on. */
export function askToSubscribe(templates: Template[]): Promise<void> {
  // #ifdef MP-WEIXIN
  // WeChat does not take lasting templates together with others
  const lasting = templates.filter((t) => t.lasting)
  const asked = (lasting.length ? lasting : templates).slice(0, 3).map((t) => t.template_id)
  if (asked.length > 0) {
    return new Promise((resolve) =>
      wx.requestSubscribeMessage({
        tmplIds: asked,
        complete: (answers) => {
          for (const template_id of asked) {
            if (!answers[template_id]) continue
            const accepted = answers[template_id] === 'accept'
            void send('post', '/me/subscriptions', { header: { 'Idempotency-Key': newKey() }, body: { template_id, accepted } }).catch(() => undefined)
          }
          resolve()
        },
      }),
    )
  }
  // #endif
  void templates
  return Promise.resolve()
}

/** Reads a QR code; its text. Only inside WeChat. */
export function scanCode(): Promise<string> {
  return new Promise((resolve, reject) =>
    uni.scanCode({ success: (r) => resolve(r.result), fail: (e) => reject(new Error(/cancel/.test(String(e?.errMsg)) ? '' : '没有识别到二维码，请对准后再试，或手工输入编号。')) }),
  )
}
