// Pictures are put in another order; it is there after the page is loaded anew, and refused when another device took one away.
import assert from 'node:assert/strict'
import { applicant, draft } from '../support/others.mjs'
import { person } from '../support/person.mjs'

async function becomes(order, expected) {
  for (let tries = 0; tries < 100 && String(await order()) !== String(expected); tries++) await new Promise((done) => setTimeout(done, 100))
  assert.deepEqual(await order(), expected)
}

export async function reorders(world) {
  const token = await applicant(world.server, '13700137031')
  const id = await draft(world, token, { name: '顺序日报', county: '蒙城县委网信办', region: '341622' })
  const onServer = async () => {
    const entry = await world.server.call('GET', `/api/v1/entries/${id}`, { token })
    return entry.evidence.filter((f) => f.slot === 'pictures').map((f) => f.id)
  }
  const [a, b, c] = await onServer()
  const yan = await person(world)
  const shown = () => yan.find('#row-pictures [id^=file-]').evaluateAll((all) => all.map((e) => e.id.slice('file-'.length)))
  await yan.holds(token, `#/pages/evidence/index?id=${id}`)
  await yan.arrived(5)
  assert.deepEqual(await shown(), [a, b, c])
  assert.equal(await yan.find('#row-qualification [id^=up-]').count(), 0, 'one file alone has no order')
  assert.match(await yan.find(`#up-${c}`).getAttribute('aria-label'), /^上移：其他\.png$/)
  assert.deepEqual(await yan.v.tooSmall(44), [])

  // two taps in a row: the second does not wait for the first
  await yan.tap(`#up-${c}`)
  await yan.tap(`#up-${c}`)
  assert.deepEqual(await shown(), [c, a, b])
  await yan.screen('evidence-order')
  await yan.tap(`#down-${a}`)
  await becomes(onServer, [c, b, a])
  await yan.page.reload()
  await yan.arrived(5)
  assert.deepEqual(await shown(), [c, b, a])

  await world.server.call('DELETE', `/api/v1/entries/${id}/evidence/${a}`, { token })
  await yan.tap(`#up-${b}`)
  await yan.shows('#row-pictures', /顺序没有保存。.*刚有增减/)
  // what is there is asked for after it was said
  await becomes(shown, [c, b])
  await yan.screen('evidence-order-refused')
}
