// The server as `make demo` runs it: the same binary, its SQLite and its files in a folder of its own.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { binary } from './places.mjs'

const PASSWORD = 'Demo-2026-tuixuan'

/** Starts it on a free port; `settings` are those of the environment, `{ LIMITS_VIDEO_SECONDS: 300 }`. */
export async function start(settings = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tuixuan-'))
  const at = `127.0.0.1:${await freePort()}`
  const env = { ...process.env, TUIXUAN_SERVER_LISTEN: at, TUIXUAN_SERVER_PUBLIC_URL: `http://${at}`, ...prefixed(settings) }
  const child = spawn(binary, ['demo'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const server = new Server(child, folder)
  await server.answers()
  return server
}

/** Known beforehand: the server prints its own address into QR codes, and tells it to WeChat. */
function freePort() {
  const listener = net.createServer()
  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address()
      listener.close(() => resolve(port))
    })
  })
}

const prefixed = (settings) => Object.fromEntries(Object.entries(settings).map(([key, value]) => [`TUIXUAN_${key}`, String(value)]))

class Server {
  #child
  #folder
  #log = ''
  #codesTaken = 0
  url = ''

  constructor(child, folder) {
    this.#child = child
    this.#folder = folder
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (this.#log += piece))
  }

  async answers() {
    for (let i = 0; i < 1200; i++) {
      this.url ||= /tuixuan demo: (http:\S+)/.exec(this.#log)?.[1] ?? ''
      if (this.url && (await fetch(this.url + '/health/ready').catch(() => null))?.ok) return
      if (this.#child.exitCode !== null) break
      await wait(100)
    }
    throw new Error('the server did not start:\n' + this.#log.slice(-3000))
  }

  get log() {
    return this.#log
  }

  /** The newest one-time code that went to a phone: the demo writes it to its log. Each is given once. */
  async code() {
    for (let i = 0; i < 100; i++) {
      const codes = [...this.#log.matchAll(/one-time code (\d+)/g)]
      if (codes.length > this.#codesTaken) {
        this.#codesTaken = codes.length
        return codes.at(-1)[1]
      }
      await wait(100)
    }
    throw new Error('no code was sent')
  }

  /** An operation; a status that is not a success throws with the problem document. */
  async call(method, at, { token, body, headers } = {}) {
    const answer = await fetch(this.url + at, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }), ...headers },
      body: body && JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${text}`)
    return /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text
  }

  /** An officer, signed in. */
  async officer(login) {
    const { token } = await this.call('POST', '/admin/api/v1/sessions', { body: { login, password: PASSWORD } })
    return new Officer(this, token)
  }

  async stop() {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await Promise.race([ended, wait(10_000).then(() => this.#child.kill('SIGKILL'))])
    fs.rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** What an officer does between two acts of an applicant. */
class Officer {
  constructor(server, token) {
    this.server = server
    this.token = token
  }

  call(method, at, body, headers) {
    return this.server.call(method, `/admin/api/v1${at}`, { token: this.token, body, headers })
  }

  entry(id) {
    return this.call('GET', `/entries/${id}`)
  }

  async #decide(id, noun, body) {
    const { version } = await this.entry(id)
    return this.call('POST', `/entries/${id}/${noun}`, body, { 'if-match': String(version) })
  }

  endorse(id) {
    return this.#decide(id, 'endorsement', { opinion: '情况属实，同意推荐' })
  }

  /** `items`: `[{ field, message, clause }]`. */
  giveBack(id, items) {
    return this.#decide(id, 'return', { items, days: 5 })
  }

  decline(id, reason) {
    return this.#decide(id, 'decline', { reason })
  }

  async stamp(id, slot) {
    const { digest } = await this.entry(id)
    return this.call('POST', `/entries/${id}/stamps`, { slot, digest, opinion: '同意推荐' })
  }

  /** Other dates for a stage, epoch milliseconds. */
  moveWindow(slug, stage, opens, closes) {
    return this.call('PUT', `/campaigns/${slug}/windows/${stage}`, { opens, closes, reason: '按工作安排调整' })
  }
}
