// A phone's browser at the page: what it shows, what it asks of whom, what it complains about.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { screens } from './places.mjs'

const require = createRequire(import.meta.url)
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** The browser; without the habits of its own that would go out to its maker. */
export function browser() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((at) => at && fs.existsSync(at))
  return chromium.launch({
    executablePath: found,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

export const PHONE = { width: 390, height: 844 }
export const NARROW = { width: 320, height: 640 }

/** A fresh phone at the server's page. */
export async function visit(chromium, server, { viewport = PHONE, userAgent, expected = [] } = {}) {
  const context = await chromium.newContext({ viewport, userAgent, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  context.setDefaultTimeout(15_000)
  return new Visit(context, await context.newPage(), server, expected)
}

/** Pixels of a page's end that its bar covers; in the page. */
function covers() {
  const [bar] = [...document.querySelectorAll('.actions')].filter((e) => e.getClientRects().length)
  const above = bar?.parentElement && [...bar.parentElement.children].filter((e) => e !== bar && e.getClientRects().length)
  const ends = (above ?? []).map((e) => e.getBoundingClientRect().bottom)
  return bar ? Math.ceil(Math.max(0, ...ends) - bar.getBoundingClientRect().top) : 0
}

export class Visit {
  asked = new Set()
  #requests = []
  complaints = []
  violations = []

  /** `expected`: others who may be asked, as WeChat is when the reader signs in by it. */
  constructor(context, page, server, expected) {
    this.expected = expected
    this.context = context
    this.page = page
    this.server = server
    context.on('request', (request) => {
      this.asked.add(request.url())
      this.#requests.push([request.method(), request.url()])
    })
    this.#listen(page)
  }

  #listen(page) {
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`))
    page.on('console', (message) => {
      // the browser reports each refused request here; what the page makes of it is what the journeys look at
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) this.complaints.push(message.text())
    })
  }

  /** The app killed and opened anew: what is not stored is gone. */
  async killAndOpen(at = this.page.url()) {
    await this.page.close()
    this.page = await this.context.newPage()
    this.#listen(this.page)
    await this.page.goto(at)
  }

  open(route = '') {
    return this.page.goto(`${this.server.url}/m/${route}`)
  }

  /** Axe's opinion of the screen, and a picture of it. */
  async screen(name) {
    await this.page.waitForTimeout(250)
    await this.#still()
    fs.mkdirSync(screens, { recursive: true })
    await this.#inspect(name)
    // a screen as high as its content: what sticks to the edges would lie in the middle of a picture of the whole page otherwise
    const seen = this.page.viewportSize()
    const height = await this.page.evaluate(() => (window.scrollTo(0, 0), document.documentElement.scrollHeight))
    await this.page.setViewportSize({ width: seen.width, height: Math.max(seen.height, height) })
    const covered = await this.page.evaluate(covers)
    if (covered > 0) this.violations.push(`${name}: the bar covers ${covered} px of the page's end`)
    await this.page.screenshot({ path: path.join(screens, `${name}.png`) })
    await this.page.setViewportSize(seen)
  }

  async #inspect(name) {
    await this.page.evaluate(axe)
    let found = await this.#serious()
    // a toast may have begun to fade after all; what is wrong with a page that stands still stays wrong
    if (found.length > 0) {
      await this.#still()
      found = await this.#serious()
    }
    for (const v of found) this.violations.push(`${name}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | ')}`)
  }

  async #serious() {
    const { violations } = await this.page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }))
    return violations.filter((v) => ['serious', 'critical'].includes(v.impact))
  }

  /** Waits until nothing moves: what is fading has no contrast to be judged by. */
  async #still() {
    await this.page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running'), undefined, { timeout: 2000 }).catch(() => {})
  }

  /** Addresses of others that were asked for anything. */
  foreign() {
    return [...this.asked].filter((url) => /^(https?|wss?):/.test(url) && ![this.server.url, ...this.expected].some((own) => url.startsWith(own + '/')))
  }

  /** What can be tapped and is lower than so many pixels. */
  tooSmall(pixels) {
    return this.page.evaluate((least) => {
      const tapped = 'uni-button, uni-input, uni-textarea, uni-picker, [role=button], [role=radio], [role=checkbox], [role=link]'
      // the bar of titles is the framework's own, as is WeChat's
      const ours = [...document.querySelectorAll(tapped)].filter((e) => !e.closest('uni-page-head') && e.getClientRects().length)
      return ours.filter((e) => e.getBoundingClientRect().height < least - 0.5).map((e) => `#${e.id} “${e.textContent.slice(0, 12)}” is ${Math.round(e.getBoundingClientRect().height)} px high`)
    }, pixels)
  }

  /** How much of the screen the bar at its lower edge takes, in percent. */
  barShare() {
    return this.page.evaluate(() => {
      const bars = [...document.querySelectorAll('.actions')].filter((e) => e.getClientRects().length)
      return Math.max(0, ...bars.map((e) => Math.round((e.getBoundingClientRect().height / window.innerHeight) * 100)))
    })
  }

  /** What is typed, or can be, in letters smaller than so many pixels. */
  lettersBelow(pixels) {
    return this.page.evaluate((least) => {
      const boxes = [...document.querySelectorAll('uni-input input, uni-textarea textarea')].filter((e) => e.getClientRects().length)
      return boxes.filter((e) => parseFloat(getComputedStyle(e).fontSize) < least).map((e) => `${e.closest('[id]')?.id} is typed in ${getComputedStyle(e).fontSize}`)
    }, pixels)
  }

  /** How often a request was sent. */
  sent(method, address) {
    return this.#requests.filter(([m, url]) => m === method && address.test(url)).length
  }

  /** Anything wider than the screen. */
  overflow() {
    return this.page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth))
  }

  close() {
    return this.context.close()
  }
}
