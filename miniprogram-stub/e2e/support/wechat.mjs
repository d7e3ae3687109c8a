// WeChat's server, as far as a page inside WeChat meets it: the browser is led there and back with a code, and the server asks who
// that was.
import http from 'node:http'

export class WeChat {
  /** Who holds the phone; WeChat knows it without asking. */
  person = 'guest'
  /** Its server cannot be reached, as from ours; where it leads browsers is another one. */
  away = false
  /** What its server answers instead of who it was: `{ errcode: 40029 }`, or a text that is no JSON. */
  always = undefined
  #used = new Set()
  #count = 0

  static async start() {
    const wechat = new WeChat()
    wechat.listener = http.createServer((request, answer) => wechat.#meets(new URL(request.url, 'http://wechat'), answer))
    await new Promise((resolve) => wechat.listener.listen(0, '127.0.0.1', resolve))
    wechat.url = `http://127.0.0.1:${wechat.listener.address().port}`
    return wechat
  }

  /** Settings of a server that takes this for WeChat. */
  get settings() {
    return {
      WECHAT_BASE_URL: this.url, WECHAT_APP_ID: 'wx-mini', WECHAT_APP_SECRET: 'of the mini-program',
      WECHAT_ACCOUNT_APP_ID: 'wx-account', WECHAT_ACCOUNT_APP_SECRET: 'of the account', WECHAT_ACCOUNT_AUTHORIZE_URL: `${this.url}/connect/oauth2/authorize`,
    }
  }

  #meets(url, answer) {
    if (url.pathname === '/connect/oauth2/authorize') {
      // for snsapi_base nobody is asked
      const code = `web-${this.person}-${++this.#count}`
      const back = `${url.searchParams.get('redirect_uri')}?code=${code}&state=${url.searchParams.get('state')}`
      return answer.writeHead(302, { location: back }).end()
    }
    if (this.away) return answer.socket.destroy()
    const told = this.always ?? this.#session(url.searchParams.get('code') ?? '')
    // WeChat labels its JSON as text
    answer.writeHead(200, { 'content-type': 'text/plain' }).end(typeof told === 'string' ? told : JSON.stringify(told))
  }

  #session(code) {
    const [kind, person] = code.split('-')
    if (kind !== 'web') return { errcode: 40029, errmsg: 'invalid code' }
    if (this.#used.has(code)) return { errcode: 40163, errmsg: 'code been used' }
    this.#used.add(code)
    return { access_token: 'not-used', expires_in: 7200, refresh_token: 'not-used', openid: `o-${person}`, unionid: `u-${person}`, scope: 'snsapi_base' }
  }

  stop() {
    this.listener.closeAllConnections()
    this.listener.close()
  }
}
