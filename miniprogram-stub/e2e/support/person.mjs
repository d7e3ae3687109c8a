// What a person does at the page, in a person's words.
import fs from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { visit } from './visit.mjs'

/** A person with a fresh phone. */
export async function person(world, options = {}) {
  const v = await visit(world.browser, options.line ?? world.server, options)
  world.visits.push(v)
  return new Person(world, v)
}

export class Person {
  constructor(world, v) {
    this.world = world
    this.v = v
  }

  get page() {
    return this.v.page
  }

  /** What is on the screen now; pages below it in the stack are not. */
  find(selector) {
    return this.page.locator(selector).locator('visible=true')
  }

  async tap(selector) {
    await this.find(selector).first().click()
  }

  async tapWords(words) {
    await this.page.getByText(words, { exact: true }).locator('visible=true').first().click()
  }

  /** Types into a box in place of what stood there. */
  async type(selector, words) {
    const box = this.find(`${selector} input, ${selector} textarea, input${selector}, textarea${selector}`).first()
    await box.fill(words)
    await box.blur()
  }

  async sees(words) {
    await this.page.getByText(words).locator('visible=true').first().waitFor()
  }

  async seesNot(words) {
    await this.page.getByText(words).locator('visible=true').first().waitFor({ state: 'detached' })
  }

  /** The words of one place. */
  async words(selector) {
    const found = this.find(selector).first()
    await found.waitFor()
    return (await found.innerText()).replace(/\s+/g, '')
  }

  /** Words of everything on the screen. */
  async text() {
    return (await this.page.locator('uni-page').locator('visible=true').last().innerText()).replace(/\s+/g, '')
  }

  /** Waits until a place says it. */
  async shows(selector, expected, ms = 15_000) {
    let last = ''
    for (const end = Date.now() + ms; Date.now() < end; await this.page.waitForTimeout(100)) {
      last = await this.find(selector).first().innerText({ timeout: 1000 }).catch(() => '')
      if (expected.test(last.replace(/\s+/g, ''))) return
    }
    throw new Error(`${selector} does not say ${expected}: “${last}” on a screen with ${await this.text()}`)
  }

  /** Waits until so many files of the entry are on the server. */
  async arrived(count) {
    for (const end = Date.now() + 60_000; Date.now() < end; await this.page.waitForTimeout(100)) {
      if ((await this.find('[id^=file-]').count()) >= count) return
    }
    throw new Error(`fewer than ${count} files arrived: ${await this.text()}`)
  }

  /** The session that this phone holds. */
  token() {
    return this.page.evaluate(() => /"(?:token|data)":"([^"]{20,})"/.exec(JSON.stringify({ ...localStorage }).replaceAll('\\', ''))?.[1])
  }

  /** The entry whose screen this is. */
  id() {
    return new URLSearchParams(this.page.url().split('?')[1]).get('id')
  }

  async at(name) {
    await this.page.waitForURL((url) => url.hash.startsWith(`#/pages/${name}/index`))
  }

  /** `{ name: '…' }`: text boxes of the form. */
  async fillIn(answers) {
    for (const [key, words] of Object.entries(answers)) await this.type(`#field-${key}`, words)
  }

  /** `{ platform: 'wechat' }`: one of several. */
  async choose(choices) {
    for (const [key, option] of Object.entries(choices)) await this.tap(`[id="field-${key}-${option}"]`)
  }

  /** One of a wheel: only those beside the chosen one can be tapped. */
  async pick(selector, ...words) {
    await this.tap(selector)
    for (const word of words) {
      const item = this.find('.uni-picker-toggle .uni-picker-view-content .uni-picker-item').getByText(word, { exact: true }).last()
      await this.page.waitForTimeout(400)
      await item.click({ force: true })
    }
    await this.page.waitForTimeout(400)
    await this.tap('.uni-picker-toggle .uni-picker-action-confirm')
    await this.page.waitForTimeout(300)
  }

  /** Chooses files behind a button. */
  async send(selector, ...files) {
    const chooser = this.page.waitForEvent('filechooser')
    await this.tap(selector)
    await (await chooser).setFiles(files)
  }

  /** Has signed in before: opens the page with that session. */
  async holds(token, route = '') {
    const session = JSON.stringify({ type: 'object', data: { token, expires_at: Date.now() + 3_600_000 } })
    await this.v.context.addInitScript((value) => localStorage.getItem('tuixuan:session') ?? localStorage.setItem('tuixuan:session', value), session)
    await this.v.open(route)
  }

  /** Signs in with a one-time code that goes to this phone; there is one a minute. */
  async signIn(phone) {
    const codes = (this.world.codes ??= new Map())
    await wait(Math.max(0, (codes.get(phone) ?? 0) + 61_000 - Date.now()))
    codes.set(phone, Date.now())
    await this.tap('#agree')
    await this.type('#phone', phone)
    await this.tap('#send-code')
    await this.find('#code-sent').waitFor()
    await this.type('#code', await this.world.server.code())
    await this.tap('#sign-in')
  }

  /** A picture of the screen, at both sizes of letters, with axe's opinion. */
  async screen(name) {
    await this.v.screen(name)
    const wide = await this.v.overflow()
    if (wide > 1) this.v.violations.push(`${name}: ${wide} px wider than the screen`)
  }
}

/** Where a file that is downloaded goes. */
export async function downloaded(page, act) {
  const [download] = await Promise.all([page.waitForEvent('download'), act()])
  return fs.readFileSync(await download.path())
}
