// A phone with WeChat on it: runs the built mini-program's own code in miniprogram-simulate, WeChat's component engine on jsdom.
// What WeChat does for a mini-program is done here for real where that is possible: requests and uploads go to the server, files
// are read from the disk, what is stored is kept. A tap on "allow" is always given.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { JSDOM } from 'jsdom'
import { miniProgram } from './places.mjs'

const require = createRequire(import.meta.url)

export class Phone {
  /** What was said to the person: toasts and dialogues. */
  said = []
  /** Pages that were asked for, newest last: `pages/list/index?id=1`. */
  went = []
  storage = new Map()
  /** Nothing more can be stored. */
  full = false
  /** What WeChat answers to the next calls instead, by the call's name: `{ chooseMedia: [{ errMsg: 'chooseMedia:fail cancel' }] }`. */
  answers = {}
  /** Calls that were made, with what was asked. */
  asked = []
  /** What WeChat gives at the next sign-ins; then codes that hold. */
  loginCodes = []
  #stack = []
  #picks = []
  #logins = 0

  /** `server` answers the requests; `name` is who signs in. */
  constructor(server, name) {
    this.server = server
    this.name = name
    this.#dom()
    this.simulate = require('miniprogram-simulate')
    globalThis.wx = Object.assign(globalThis.wx ?? {}, this.#scripted(this.#wechat()))
    globalThis.Page = () => {}
    globalThis.App = (app) => (this.app = app)
    globalThis.getApp = () => this.app
    globalThis.getCurrentPages = () => this.#stack
    require(path.join(miniProgram, 'app.js'))
    this.app.onLaunch?.call(this.app, {})
    this.app.onShow?.call(this.app, {})
  }

  #dom() {
    const dom = new JSDOM('<!doctype html><body></body>', { url: 'http://phone.local/', pretendToBeVisual: true })
    const w = dom.window
    for (const key of ['window', 'document', 'HTMLElement', 'Element', 'Node', 'Event', 'CustomEvent', 'MutationObserver', 'getComputedStyle', 'requestAnimationFrame', 'cancelAnimationFrame']) {
      if (!(key in globalThis) || key === 'Event' || key === 'CustomEvent') globalThis[key] = key === 'window' ? w : w[key]
    }
    if (!('navigator' in globalThis)) globalThis.navigator = w.navigator
  }

  /** Waits for the next page that is asked for. */
  async goesTo(expected, ms = 10_000) {
    for (const end = Date.now() + ms; Date.now() < end; await wait(30)) if (expected.test(this.went.at(-1) ?? '')) return this.went.at(-1)
    throw new Error(`went to ${this.went.at(-1)}, not to ${expected}; said ${this.said.join(', ')}`)
  }

  /** The session that it holds. */
  get token() {
    return this.storage.get('tuixuan:session')?.token
  }

  /** The files that the person chooses next: paths. */
  willPick(...paths) {
    this.#picks = paths
  }

  /** Opens `pages/list/index`, with its parameters, and waits until it stands still. */
  async open(route, query = {}) {
    const id = this.simulate.load(path.join(miniProgram, route), { rootPath: miniProgram, compiler: 'official' })
    const component = this.simulate.render(id, {})
    const element = document.createElement('div')
    document.body.appendChild(element)
    component.attach(element)
    const page = new Screen(this, component, element)
    Object.assign(component.instance, { route, options: query })
    this.#stack.push(component.instance)
    component.instance.onLoad?.call(component.instance, query)
    component.instance.onShow?.call(component.instance)
    component.instance.onReady?.call(component.instance)
    await page.settle()
    return page
  }

  #wechat() {
    const done = (o, value = {}) => {
      setTimeout(() => {
        o?.success?.(value)
        o?.complete?.(value)
      }, 0)
      return Promise.resolve(value)
    }
    const failed = (o, error) => {
      const told = { errMsg: String(error) }
      o?.fail?.(told)
      o?.complete?.(told)
    }
    const go = (o) => {
      this.went.push(o.url.replace(/^\//, ''))
      return done(o)
    }
    const window = { windowWidth: 375, windowHeight: 700, screenWidth: 375, screenHeight: 812, statusBarHeight: 20, pixelRatio: 2, safeArea: { top: 20, bottom: 778, left: 0, right: 375, width: 375, height: 758 } }
    const base = { SDKVersion: '3.8.0', version: '8.0.50', language: 'zh_CN', theme: 'light', host: { env: 'WeChat' } }
    const device = { platform: 'ios', brand: 'apple', model: 'iPhone', system: 'iOS 17' }
    const off = () => {}
    return {
      ...Object.fromEntries(['onAppShow', 'onAppHide', 'onError', 'onPageNotFound', 'onUnhandledRejection', 'onNetworkStatusChange', 'offNetworkStatusChange', 'onNeedPrivacyAuthorization', 'onThemeChange', 'onMemoryWarning', 'reportEvent', 'setNavigationBarTitle', 'setNavigationBarColor', 'setKeepScreenOn', 'hideLoading', 'hideToast', 'stopPullDownRefresh', 'pageScrollTo', 'enableAlertBeforeUnload', 'disableAlertBeforeUnload', 'showShareMenu', 'hideShareMenu'].map((key) => [key, (o) => (o && typeof o === 'object' ? done(o) : off())])),
      canIUse: () => true,
      getSystemInfoSync: () => ({ ...base, ...device, ...window }),
      getSystemInfo: (o) => done(o, { ...base, ...device, ...window }),
      getDeviceInfo: () => device,
      getWindowInfo: () => window,
      getAppBaseInfo: () => base,
      getSystemSetting: () => ({}),
      getAppAuthorizeSetting: () => ({}),
      getMenuButtonBoundingClientRect: () => ({ top: 24, bottom: 56, left: 281, right: 368, width: 87, height: 32 }),
      getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop' } }),
      getLaunchOptionsSync: () => ({ path: '', query: {}, scene: 1001 }),
      getEnterOptionsSync: () => ({ path: '', query: {}, scene: 1001 }),
      getUpdateManager: () => ({ onCheckForUpdate: off, onUpdateReady: off, onUpdateFailed: off, applyUpdate: off }),
      getNetworkType: (o) => done(o, { networkType: 'wifi', isConnected: true }),
      getStorageSync: (key) => this.storage.get(key) ?? '',
      setStorageSync: (key, value) => {
        if (this.full) throw new Error('setStorageSync:fail exceed storage max size 10Mb')
        this.storage.set(key, structuredClone(value))
      },
      removeStorageSync: (key) => void this.storage.delete(key),
      clearStorageSync: () => this.storage.clear(),
      getStorageInfoSync: () => ({ keys: [...this.storage.keys()], currentSize: 1, limitSize: 10240 }),
      getStorage: (o) => (this.storage.has(o.key) ? done(o, { data: this.storage.get(o.key) }) : failed(o, 'getStorage:fail data not found')),
      setStorage: (o) => done(o, void this.storage.set(o.key, structuredClone(o.data))),
      removeStorage: (o) => done(o, void this.storage.delete(o.key)),
      showToast: (o) => done(o, void this.said.push(o.title)),
      showLoading: (o) => done(o),
      showModal: (o) => done(o, (this.said.push(`${o.title ?? ''} ${o.content ?? ''}`), { confirm: true, cancel: false })),
      showActionSheet: (o) => done(o, { tapIndex: 0 }),
      navigateTo: go,
      redirectTo: go,
      reLaunch: go,
      switchTab: go,
      navigateBack: (o) => go({ ...o, url: 'back' }),
      login: (o) => done(o, { code: this.loginCodes.shift() ?? `login-${this.name}-${++this.#logins}-${process.pid}` }),
      checkSession: (o) => done(o),
      getPrivacySetting: (o) => done(o, { needAuthorization: false }),
      requirePrivacyAuthorize: (o) => done(o),
      requestSubscribeMessage: (o) => done(o, Object.fromEntries((o.tmplIds ?? []).map((id) => [id, 'accept']))),
      setClipboardData: (o) => done(o),
      makePhoneCall: (o) => done(o),
      openDocument: (o) => done(o),
      scanCode: (o) => failed(o, 'scanCode:fail cancel'),
      previewImage: (o) => done(o),
      compressImage: (o) => done(o, { tempFilePath: o.src }),
      getImageInfo: (o) => done(o, { path: o.src, width: 800, height: 600, type: 'png', orientation: 'up' }),
      chooseMedia: (o) => done(o, { type: 'image', tempFiles: this.#picked().map((f) => ({ ...f, fileType: /\.(mp4|mov)$/.test(f.name) ? 'video' : 'image', duration: 10, width: 800, height: 600 })) }),
      chooseImage: (o) => done(o, { tempFilePaths: this.#picks, tempFiles: this.#picked() }),
      chooseMessageFile: (o) => done(o, { tempFiles: this.#picked() }),
      getFileSystemManager: () => this.#files(done, failed),
      request: (o) => this.#request(o, failed),
      uploadFile: (o) => this.#upload(o, failed),
      downloadFile: (o) => this.#download(o, failed),
      createSelectorQuery: () => chain(),
    }
  }

  /** WeChat with a script: an answer that begins with `…:fail` fails, as its documents have it. */
  #scripted(wechat) {
    const scripted = (name, call) => (o, ...more) => {
      this.asked.push([name, o])
      const answer = this.answers[name]?.shift()
      if (answer === undefined) return call(o, ...more)
      setTimeout(() => {
        if (/:fail/.test(answer.errMsg)) o?.fail?.(answer)
        else o?.success?.(answer)
        o?.complete?.(answer)
      }, 0)
      // as without a script: nobody waits for the promise of a call with callbacks
      return Promise.resolve()
    }
    return Object.fromEntries(Object.entries(wechat).map(([name, call]) => [name, typeof call === 'function' && !/Sync$|^on|^off|^get/.test(name) ? scripted(name, call) : call]))
  }

  #picked() {
    return this.#picks.map((at) => ({ path: at, tempFilePath: at, name: path.basename(at), size: fs.statSync(at).size, type: 'file', time: 0 }))
  }

  #files(done, failed) {
    return {
      readFile: (o) => {
        fs.readFile(o.filePath, (error, whole) => {
          if (error) return failed(o, error.message)
          const from = o.position ?? 0
          const part = whole.subarray(from, o.length === undefined ? undefined : from + o.length)
          if (o.encoding) return done(o, { data: part.toString(o.encoding === 'base64' ? 'base64' : 'utf8') })
          done(o, { data: part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) })
        })
      },
      getFileInfo: (o) => (fs.existsSync(o.filePath) ? done(o, { size: fs.statSync(o.filePath).size }) : failed(o, 'getFileInfo:fail no such file')),
      stat: (o) => done(o, { stats: fs.statSync(o.path) }),
      access: (o) => (fs.existsSync(o.path) ? done(o) : failed(o, 'access:fail no such file')),
      saveFile: (o) => done(o, { savedFilePath: o.tempFilePath }),
      unlink: (o) => done(o),
    }
  }

  /** `wx.request`: any status is a success, JSON is parsed, a line that is cut fails. */
  #request(o, failed) {
    const stop = new AbortController()
    const send = async () => {
      const binary = o.data instanceof ArrayBuffer
      const method = (o.method ?? 'GET').toUpperCase()
      const bodiless = method === 'GET' || method === 'HEAD' || o.data === undefined
      const answer = await fetch(this.#here(o.url), { method, headers: o.header, signal: stop.signal, body: bodiless ? undefined : binary || typeof o.data === 'string' ? o.data : JSON.stringify(o.data) })
      const data = o.responseType === 'arraybuffer' ? await answer.arrayBuffer() : parsed(await answer.text())
      const told = { statusCode: answer.status, header: Object.fromEntries(answer.headers), data, cookies: [], errMsg: 'request:ok' }
      o.success?.(told)
      o.complete?.(told)
    }
    send().catch((error) => failed(o, `request:fail ${error.message}`))
    return { abort: () => stop.abort(), onHeadersReceived() {}, offHeadersReceived() {}, onChunkReceived() {} }
  }

  #upload(o, failed) {
    const send = async () => {
      const form = new FormData()
      for (const [key, value] of Object.entries(o.formData ?? {})) form.append(key, String(value))
      form.append(o.name, new Blob([fs.readFileSync(o.filePath)]), path.basename(o.filePath))
      const { 'content-type': _, 'Content-Type': __, ...headers } = o.header ?? {}
      const answer = await fetch(this.#here(o.url), { method: 'POST', headers, body: form })
      const told = { statusCode: answer.status, data: await answer.text(), errMsg: 'uploadFile:ok' }
      o.success?.(told)
      o.complete?.(told)
    }
    send().catch((error) => failed(o, `uploadFile:fail ${error.message}`))
    return { abort() {}, onProgressUpdate(tell) { tell({ progress: 50, totalBytesSent: 1, totalBytesExpectedToSend: 2 }) }, offProgressUpdate() {}, onHeadersReceived() {} }
  }

  #download(o, failed) {
    const fetched = async () => {
      const answer = await fetch(this.#here(o.url), { headers: o.header })
      const at = o.filePath ?? path.join(require('node:os').tmpdir(), `download-${process.pid}-${Date.now()}`)
      fs.writeFileSync(at, Buffer.from(await answer.arrayBuffer()))
      const told = { statusCode: answer.status, tempFilePath: at, filePath: at, errMsg: 'downloadFile:ok' }
      o.success?.(told)
      o.complete?.(told)
    }
    fetched().catch((error) => failed(o, `downloadFile:fail ${error.message}`))
    return { abort() {}, onProgressUpdate() {} }
  }

  /** The address that was built in stands for the server of this run. */
  #here(url) {
    return /^https?:/.test(url) ? this.server.url + new URL(url).pathname + new URL(url).search : this.server.url + url
  }
}

const parsed = (text) => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

// measuring on a screen that has no size
const chain = () => {
  const query = new Proxy({}, { get: (_, key) => (key === 'exec' ? (tell) => setTimeout(() => tell?.([]), 0) : () => query) })
  return query
}

function below(node, wanted, found = [], seen = new Set()) {
  if (!node || seen.has(node)) return found
  seen.add(node)
  if (wanted(node)) found.push(node)
  below(node.shadowRoot, wanted, found, seen)
  for (const child of node.childNodes ?? []) below(child, wanted, found, seen)
  return found
}

/** A page that is open. */
class Screen {
  constructor(phone, component, element) {
    this.phone = phone
    this.component = component
    this.element = element
  }

  /** All words on it, without blanks. */
  get text() {
    return this.element.textContent.replace(/\s+/g, '')
  }

  async settle(ms = 60) {
    await wait(ms)
  }

  /** Waits for words. */
  async shows(words, ms = 10_000) {
    for (const end = Date.now() + ms; Date.now() < end; await wait(30)) if (this.text.includes(words)) return
    throw new Error(`“${words}” did not appear: ${this.text.slice(0, 600)}`)
  }

  /** A part by its id, also inside the parts that a page is put together from. */
  find(id) {
    const [found] = below(this.component._exparserNode, (node) => node.id === id.slice(1) || node.__id === id.slice(1))
    if (!found) throw new Error(`${id} is not there: ${this.text.slice(0, 600)}`)
    return new (Object.getPrototypeOf(this.component.constructor))(found)
  }

  async tap(selector) {
    this.find(selector).dispatchEvent('tap', {})
    await this.settle()
  }

  /** What WeChat's own parts tell, as the button that asks for a phone number. */
  async hears(selector, event, detail) {
    this.find(selector).dispatchEvent(event, { bubbles: true, detail })
    await this.settle()
  }

  /** What a person types, or picks from a list by its place in it. */
  async fill(selector, value, event = 'input') {
    this.find(selector).dispatchEvent(event, { bubbles: true, detail: { value } })
    await this.settle(20)
  }
}
