import { address, call } from '@/api/call'
import { signIn } from '@/state/session'

/** What this installation offers beyond the contract's core; all off where the server does not say. */
export interface ClientSettings {
  wechat_sign_in: boolean
  phone_sign_in: boolean
  subscribe_templates: string[]
  official_account_sign_in: { on: boolean; authorize_url?: string }
}

const DEFAULTS: ClientSettings = { wechat_sign_in: true, phone_sign_in: true, subscribe_templates: [], official_account_sign_in: { on: false } }
let known: Promise<ClientSettings> | undefined

export function clientSettings(): Promise<ClientSettings> {
  known ??= new Promise((resolve) => {
    uni.request({
      url: address('/client-settings'),
      success: (r) => resolve(r.statusCode === 200 ? { ...DEFAULTS, ...(r.data as Partial<ClientSettings>) } : DEFAULTS),
      fail: () => {
        known = undefined
        resolve(DEFAULTS)
      },
    })
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

/** Asks, at this very tap, whether results may be told by a WeChat message. Never keeps the applicant from going on. */
export function askToSubscribe(templates: string[]): Promise<void> {
  // #ifdef MP-WEIXIN
  if (templates.length > 0) {
    return new Promise((resolve) => wx.requestSubscribeMessage({ tmplIds: templates.slice(0, 3), complete: () => resolve() }))
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
