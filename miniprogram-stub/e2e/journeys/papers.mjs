// Somebody holds a paper in the hand: its code leads to the page that says whether it is right, and what to do when it is not.
import assert from 'node:assert/strict'
import { applicant, draft, handIn } from '../support/others.mjs'
import { downloaded, person } from '../support/person.mjs'
import { codeOn } from '../support/qr.mjs'

const STEPS = [['mengcheng-cyberspace', 'county-cyberspace'], ['mengcheng-civilisation', 'county-civilisation'], ['city-cyberspace', 'city-cyberspace'], ['city-civilisation', 'city-civilisation']]

export async function byTheirCodes(world) {
  const { server, browser } = world
  const token = await applicant(server, '13700137031')
  const id = await draft(world, token, { name: '蒙城在线', county: '蒙城县委网信办', region: '341622' })
  await handIn(world, token, id)
  const qi = await person(world)
  await qi.holds(token, `#/pages/entry/index?id=${id}`)
  const form = await downloaded(qi.page, () => qi.tap('#download-form'))

  const receipt = await downloaded(qi.page, () => qi.tap('#download-receipt'))

  // whoever holds the paper has no account here
  const stranger = await person(world)
  const handedIn = await codeOn(browser, receipt)
  await says(stranger, handedIn, /有效.*申报回执.*蒙城在线.*第1次提交/, 'paper-receipt')
  await stranger.v.open('#/pages/verify/index')
  await stranger.type('#code', handedIn)
  await stranger.tap('#verify')
  await stranger.shows('#verified-paper', /有效.*申报回执.*蒙城在线/)
  const address = await codeOn(browser, form)
  assert.ok(address.startsWith(`${server.url}/v/`), address)
  await says(stranger, address, /尚未盖章.*蒙城在线/, 'paper-unsealed')
  await endorse(server, id)
  await says(stranger, address, /有效.*蒙城在线.*印章.*蒙城县委网信办/, 'paper-valid')

  const organiser = await server.officer('bozhou-2022.organiser')
  await organiser.call('POST', '/campaigns/bozhou-2022/certificates/print-files', {
    kind: 'certificate', names: [], endorsed: 'government', title: '亳州市文明账号', text: '被评为2022年亳州市文明账号。', agencies: [{ name: '亳州市委网信办' }], date: '2026-11-26', frame: true, issue: true,
  })
  await qi.page.reload()
  await qi.tap('#certificates')
  await qi.at('certificates')
  const paper = await downloaded(qi.page, () => qi.tap('[id^=paper-]'))
  const honour = await codeOn(browser, paper)
  await says(stranger, honour, /有效.*蒙城在线.*亳州市文明账号/, 'paper-certificate')

  // in the client the same code may be pasted as it was read
  await stranger.v.open('#/pages/verify/index')
  await stranger.type('#code', honour)
  await stranger.tap('#verify')
  await stranger.shows('#verified-certificate', /有效：登记在册的证书/)

  await revoke(organiser, id)
  await says(stranger, honour, /撤销/, 'paper-revoked')
  await stranger.v.open('#/pages/verify/index')
  await stranger.type('#code', honour)
  await stranger.tap('#verify')
  await stranger.shows('#verified-certificate', /已撤销，不再有效/)
  await stranger.screen('verified-revoked')
  await qi.page.reload()
  await qi.shows('[id^=certificate-]', /已撤销/)
  assert.equal(await qi.find('[id^=paper-]').count(), 0, 'a paper that is void is still handed out')
  await qi.screen('certificates-revoked')

  await says(stranger, `${server.url}/v/QC-0000000000`, /没有.*(核对|主办)/, 'paper-unknown')
}

/** After the form was given back, its paper is void; after the correction the new one counts. */
export async function anOlderPaper(world) {
  const { server, browser } = world
  const token = await applicant(server, '13700137032')
  const id = await draft(world, token, { name: '补正以前', county: '蒙城县委网信办', region: '341622' })
  await handIn(world, token, id)
  const shen = await person(world)
  await shen.holds(token, `#/pages/entry/index?id=${id}`)
  const address = await codeOn(browser, await downloaded(shen.page, () => shen.tap('#download-form')))
  const county = await server.officer('bozhou-2022.mengcheng-cyberspace')
  await county.giveBack(id, [{ field: 'summary', message: '请补充成效', clause: '图文案例需展示案例亮点、实效等方面内容' }])
  const stranger = await person(world)
  await says(stranger, address, /已失效.*不再有效/, 'paper-void')
  await shen.v.open(`#/pages/verify/index?code=${encodeURIComponent(address)}`)
  await shen.shows('#verified-form', /已作废/)
}

async function says(who, address, expected, picture) {
  await who.page.goto(address)
  const words = (await who.page.locator('body').innerText()).replace(/\s+/g, '')
  assert.match(words, expected)
  await who.screen(picture)
}

async function endorse(server, id) {
  for (const [login, box] of STEPS) {
    const officer = await server.officer(`bozhou-2022.${login}`)
    await officer.stamp(id, box)
    await officer.endorse(id)
  }
}

async function revoke(organiser, id) {
  const list = await organiser.call('GET', '/campaigns/bozhou-2022/certificates')
  const ours = list.find((c) => c.entry_id === id)
  await organiser.call('POST', `/campaigns/bozhou-2022/certificates/${ours.id}/revocation`, { reason: '名称有误，重新印制' })
}
