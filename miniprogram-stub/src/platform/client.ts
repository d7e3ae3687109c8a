import { call } from '@/api/call'
import type { components } from '@/api/schema'
import { ApiError } from '@/api/problem'
import { newKey } from '@/lib/id'
import { signIn } from '@/state/session'

/** What this installation offers; an older server says nothing, then the parts of WeChat that it lacks are off. */
export type ClientSettings = components['schemas']['ClientSettingsView']
type Template = ClientSettings['subscribe_templates'][number]

const OLDER: ClientSettings = {
  wechat_sign_in: true, phone_sign_in: true, phone_exchange: true, entry_codes: false, official_account_sign_in: false, content_check: false, subscribe_templates: [],
}
let known: Promise<ClientSettings> | undefined

export function clientSettings(): Promise<ClientSettings> {
  known ??= call('get', '/client-settings').catch((error: unknown) => {
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
  wechat_code_invalid: '微信登录凭证已过期，请再点一次“微信登录”。',
  wechat_code_used: '微信登录凭证已用过，请再点一次“微信登录”。',
  wechat_snapshot: '当前为微信快照页，请点击页面上的“使用完整服务”后再登录，或用手机号登录。',
  sign_in_expired: '这次登录用时过长或已用过，请再点一次“微信登录”。',
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
  if (wrong || !word) return WENT_WRONG[wrong ?? ''] ?? '微信登录没有成功，请再试一次，或用手机号登录。'
  try {
    signIn(await call('post', '/sessions/official-account', { body: { code: word } }))
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
    // WeChat before 7.0.6 does not ask
    const ask = wx.requestSubscribeMessage
    if (!ask) return Promise.resolve()
    return new Promise((resolve) =>
      ask({
        tmplIds: asked,
        // switched off altogether, or forbidden: then nothing was answered
        complete: (answers) => {
          for (const template_id of asked) {
            const answer = answers[template_id]
            if (!answer) continue
            const accepted = answer.startsWith('accept')
            void call('post', '/me/subscriptions', { header: { 'Idempotency-Key': newKey() }, body: { template_id, accepted } }).catch(() => undefined)
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
