// The applicant's page in Chromium, against the server's binary with its own SQLite and files: as people use it.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { applicant } from '../support/others.mjs'
import { page, screens } from '../support/places.mjs'
import { start } from '../support/server.mjs'
import { Things } from '../support/things.mjs'
import { browser } from '../support/visit.mjs'
import { attached } from './attachments.mjs'
import { bozhou } from './bozhou.mjs'
import { afterwards } from './deliverables.mjs'
import { firstLook } from './first-look.mjs'
import { insideWechat } from './inside-wechat.mjs'
import { cutAndResumed, endedAtTheSubmission, endedElsewhere, endedWhileSending, handedInElsewhere, killedWhileSending, killedWhileWriting, phoneIsFull, twoDevices } from './interruptions.mjs'
import { looks } from './looks.mjs'
import { reorders } from './order.mjs'
import { anOlderPaper, byTheirCodes } from './papers.mjs'
import { datesMove, deadline, deadlineWhileWriting, declined, noPlaceLeft, sameOperator, usedCodes, withdrawn, wrongAnswers, wrongFiles } from './refusals.mjs'
import { celebrity, matrix } from './shanxi.mjs'
import { onASlowLine } from './speed.mjs'

const world = { visits: [] }

/** `JOURNEY=亳州` runs those only. */
const wanted = new RegExp(process.env.JOURNEY ?? '')

/** A journey that takes places of its own: on another server, where nobody else took them. */
function elsewhere(name, go) {
  journey(name, Object.defineProperty((world) => go({ ...world, server: world.second }), 'name', { value: go.name }))
}

/** A journey; when it fails, what every phone showed last is left beside the other pictures. */
function journey(name, go) {
  test(name, { skip: !wanted.test(name) }, async () => {
    const before = world.visits.length
    try {
      await go(world)
    } catch (error) {
      for (const [i, v] of world.visits.slice(before).entries()) await v.page.screenshot({ path: path.join(screens, `failed-${go.name}-${i}.png`) }).catch(() => {})
      throw error
    } finally {
      for (const v of world.visits.slice(before)) await v.close()
    }
  })
}

describe('the page', { concurrency: 1 }, () => {
  before(async () => {
    fs.rmSync(screens, { recursive: true, force: true })
    world.things = new Things()
    // one address signs in for many people here, and a daily build takes long to look at a scan
    const settings = { SERVER_REQUEST_SECONDS: 90, THROTTLE_ADDRESS_CODES: 0, THROTTLE_PHONE_CODES: 0, THROTTLE_FAILURES: 0 }
    world.server = await start(settings)
    world.second = await start(settings)
    world.codes = new Map()
    world.early = new Map()
    for (const [phone, server] of [['13800138015', world.server], ['13800138016', world.server], ['13800138017', world.second]]) {
      world.early.set(phone, await applicant(server, phone))
      world.codes.set(phone, Date.now())
    }
    world.browser = await browser()
  })
  after(async () => {
    await world.browser?.close()
    await world.server?.stop()
    await world.second?.stop()
    world.things?.remove()
  })

  test('the binary holds the page that was built', async () => {
    const served = await (await fetch(world.server.url + '/m/')).text()
    assert.equal(served, fs.readFileSync(path.join(page, 'index.html'), 'utf8'), 'make web, then build the binary again')
  })

  journey('first look: campaigns, notice, sign-in', firstLook)
  journey('first look: attachments of a notice', attached)
  journey('亳州: from registration to the last step', bozhou)
  journey('山西: a matrix', matrix)
  journey('山西: a person of the net', celebrity)
  journey('interrupted: the line is cut while a film is sent', cutAndResumed)
  journey('interrupted: the app is killed while a film is sent', killedWhileSending)
  journey('interrupted: the app is killed while somebody writes', killedWhileWriting)
  journey('interrupted: the session is ended elsewhere', endedElsewhere)
  journey('interrupted: the session is ended while a film is sent', endedWhileSending)
  elsewhere('interrupted: the session is ended at the submission', endedAtTheSubmission)
  journey('interrupted: two devices write', twoDevices)
  elsewhere('interrupted: another device hands in', handedInElsewhere)
  journey('interrupted: the phone is full', phoneIsFull)
  journey('refused: files', wrongFiles)
  journey('refused: answers', wrongAnswers)
  journey('refused: no place left', noPlaceLeft)
  journey('refused: a second entry of an operator', sameOperator)
  journey('refused: the deadline passes', deadline)
  journey('refused: the deadline passes while somebody writes', deadlineWhileWriting)
  journey('refused: the dates move', datesMove)
  journey('refused: codes that were used', usedCodes)
  journey('refused: declined by the county', declined)
  journey('withdrawn', withdrawn)
  journey('order: pictures are put in another one', reorders)
  elsewhere('papers: their codes lead to what is true of them', byTheirCodes)
  elsewhere('papers: one that a correction made void', anOlderPaper)
  journey('afterwards: a report and an activity', afterwards)
  journey('inside WeChat: signing in by the official account', insideWechat)
  journey('large letters and narrow phones', looks)
  test('a slow line', (t) => onASlowLine(t, world.browser, world.server, '亳州市文明网站平台'))

  test('nobody else was asked for anything', () => {
    assert.ok(world.visits.some((v) => v.asked.size > 5))
    assert.deepEqual(world.visits.flatMap((v) => v.foreign()), [])
  })
  test('the browser had nothing to complain about', () => assert.deepEqual(world.visits.flatMap((v) => v.complaints), []))
  test('axe finds nothing serious, and nothing is wider than its screen', () => assert.deepEqual([...new Set(world.visits.flatMap((v) => v.violations))], []))
})
