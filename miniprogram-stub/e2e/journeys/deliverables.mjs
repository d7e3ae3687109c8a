// What is asked after the entry was handed in (后续材料): a report and an activity, written on a poor line, until the day is over.
import assert from 'node:assert/strict'
import { Line } from '../support/line.mjs'
import { applicant, university } from '../support/others.mjs'
import { downloaded, person } from '../support/person.mjs'

const SLUG = 'shaanxi-universities-2024'
const DAY = 86_400_000

export async function afterwards(world) {
  const { server } = world
  const organiser = await server.officer(`${SLUG}.organiser`)
  await organiser.moveWindow(SLUG, 'practice', Date.now() - DAY, Date.now() + 30 * DAY)
  const token = await applicant(server, '13700137041')
  const id = await university(world, token, '交大之声')
  const line = await Line.to(server.url)
  const tang = await person(world, { line })
  try {
    await tang.holds(token, `#/pages/entry/index?id=${id}`)
    await tang.tap('#deliverables')
    await tang.at('deliverables')
    await tang.shows('#deliverable-summary', /活动总结.*于9月20日前报送.*至少1份，还缺1份/)
    await tang.screen('deliverables')
    const blank = await downloaded(tang.page, () => tang.find('#deliverable-summary').getByText('下载空白表格').click())
    assert.equal(blank.subarray(0, 5).toString(), '%PDF-')

    await writesReport(tang, line, id)
    await handsInOnce(tang, line, world, token, id)
    await handsInActivity(tang)
    await isTooLate(tang, organiser)
  } finally {
    await tang.v.close()
    line.close()
    await organiser.moveWindow(SLUG, 'practice', Date.now() - DAY, Date.now() + 30 * DAY)
  }
}

/** What is missing and what cannot be printed is told at its field; what was typed outlives the app. */
async function writesReport(who, line, id) {
  await who.tap('#write-summary')
  await who.tap('#hand-in-summary')
  await who.shows('#fault-effect', /填写/)
  await who.fillIn({ situation: '长'.repeat(3001) })
  await who.shows('#row-situation', /3001\/3000字，超出1字/)
  await who.fillIn({ situation: '直播答疑一场😀', effect: '收到提问三百余条', publicity: '阅读量二十万' })
  await who.tap('#hand-in-summary')
  await who.shows('#deliverable-fault', /没有以下字，无法印出，请换用其他写法：😀/)
  await who.screen('deliverable-refused')
  await who.fillIn({ situation: '直播答疑一场' })

  await who.v.killAndOpen(`${line.url}/m/#/pages/deliverables/index?id=${id}`)
  await who.tap('#write-summary')
  assert.equal(await who.find('#field-situation textarea').inputValue(), '直播答疑一场')
  assert.equal(await who.find('#field-effect textarea').inputValue(), '收到提问三百余条')
}

/** The line is cut at the tap; then the answer is lost on its way. It is handed in once. */
async function handsInOnce(who, line, world, token, id) {
  line.cut()
  await who.tap('#hand-in-summary')
  await who.shows('#deliverable-fault', /网络没有连通，请检查网络后重试。已填写的内容保存在本机/)
  await who.screen('deliverable-offline')
  line.mend()
  // the server takes it, and its word gets lost
  await who.page.route('**/deliverables/summary', async (route) => {
    await route.fetch()
    await route.abort()
  }, { times: 1 })
  await who.tap('#hand-in-summary')
  await who.shows('#deliverable-fault', /网络没有连通/)
  await who.v.killAndOpen(`${line.url}/m/#/pages/deliverables/index?id=${id}`)
  await who.tap('#write-summary')
  await who.tap('#hand-in-summary')
  await who.shows('#handed-in', /活动总结已报送/)
  const pieces = async () => (await world.server.call('GET', `/api/v1/entries/${id}/deliverables`, { token })).find((d) => d.key === 'summary').pieces
  assert.deepEqual((await pieces()).map((p) => p.answers.situation), ['直播答疑一场'])
  await who.shows('#deliverable-summary', /已报齐.*第1份/)
  await who.screen('deliverables-handed-in')
  const form = await downloaded(who.page, () => who.find('#deliverable-summary').getByText('下载表格').click())
  assert.equal(form.subarray(0, 5).toString(), '%PDF-')

  // a correction begins with what was handed in
  await who.tap('#write-summary')
  assert.equal(await who.find('#field-situation textarea').inputValue(), '直播答疑一场')
  await who.fillIn({ situation: '直播答疑两场' })
  await who.tap('#hand-in-summary')
  await who.shows('#deliverable-summary', /第2份/)
  assert.deepEqual((await pieces()).map((p) => p.answers.situation), ['直播答疑一场', '直播答疑两场'])
}

async function handsInActivity(who) {
  await who.tap('#write-activity')
  await who.fillIn({ topic: '网上答疑', address: 'https://example.edu.cn/live/1' })
  await who.tap('#hand-in-activity')
  await who.shows('#fault-date', /日期|填写|选择/)
  await who.tap('#field-date')
  await who.page.waitForTimeout(500)
  await who.tap('.uni-picker-toggle .uni-picker-action-confirm')
  await who.page.waitForTimeout(400)
  await who.tap('#hand-in-activity')
  await who.shows('#handed-in', /已报送/)
  await who.shows('#deliverable-activity', /已报齐/)
}

/** The day is over while somebody writes: the sentence names the day and the notice's words, what was written stays. */
async function isTooLate(who, organiser) {
  await who.tap('#write-summary')
  await who.fillIn({ situation: '直播答疑三场' })
  await organiser.moveWindow(SLUG, 'practice', Date.now() - 2 * DAY, Date.now() - 1000)
  await who.tap('#hand-in-summary')
  await who.shows('#deliverable-fault', /报送已截止.*您填写的内容还在本机；如有特殊情况，请联系主办单位/)
  assert.equal(await who.find('#field-situation textarea').inputValue(), '直播答疑三场')
  await who.screen('deliverable-late')
  await who.page.reload()
  await who.shows('#deliverable-summary', /现在不是报送时间.*您填写的内容还在本机/)
  await who.screen('deliverables-closed')
  await organiser.moveWindow(SLUG, 'practice', Date.now() - 2 * DAY, Date.now() + DAY)
  await who.page.reload()
  await who.tap('#write-summary')
  assert.equal(await who.find('#field-situation textarea').inputValue(), '直播答疑三场')
}
