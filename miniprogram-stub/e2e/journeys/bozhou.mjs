// 亳州: a county's account from registration to the last step, returned and corrected once.
import assert from 'node:assert/strict'
import { QIAOCHENG } from '../support/answers.mjs'
import { downloaded, person } from '../support/person.mjs'
import { sealed } from '../support/sealed.mjs'

export async function bozhou(world) {
  const bai = await person(world)
  const id = await beginsInQiaocheng(bai, '13800138002')
  await writes(bai)
  await lacksEverything(bai)
  await attaches(world, bai)
  await handsIn(bai)
  await mends(world, bai, id)
  await isEndorsed(world, bai, id)
  await isVerified(world, bai, id)
  await isHonoured(world, bai, id)
}

/** From the campaign to an empty form; the entry's id. */
export async function beginsInQiaocheng(who, phone) {
  await who.v.open()
  await who.tap('#campaign-bozhou-2022')
  await who.tap('#begin')
  await who.at('sign-in')
  await who.signIn(phone)
  await who.at('start')
  await choosesQiaocheng(who)
  await who.find('#may-begin').waitFor()
  await who.screen('start')
  await who.tap('#start')
  await who.at('form')
  await who.find('#field-name').waitFor()
  return who.id()
}

export async function choosesQiaocheng(who, subject = 'account') {
  await who.tap(`#subject-${subject}`)
  await who.tap('#category-government')
  await who.tap('#route-county')
  await who.tapWords('谯城区委网信办')
  await who.tap('#unit-none')
}

/** Everything that the form asks, after it was refused empty. */
async function writes(who) {
  await who.tap('#next')
  assert.match(await who.words('#fault-name'), /填写/)
  await who.screen('form-faults')
  await writesForm(who)
  await who.fillIn({ summary: '好'.repeat(1501) })
  await who.shows('#row-summary', /1501\/1500字，超出1字/)
  // blanks at the ends do not count, and an emoji counts once, here as on the server
  await who.fillIn({ summary: `  ${'好'.repeat(1499)}😀 \n` })
  await who.shows('#row-summary', /1500\/1500字/)
  await who.fillIn({ summary: QIAOCHENG.summary })
  await who.screen('form')
  await who.tap('#next')
  await who.at('evidence')
}

export async function writesForm(who, answers = {}) {
  // what is asked next depends on it
  await who.choose({ operator_kind: 'party', platform: 'wechat' })
  await who.fillIn({ ...QIAOCHENG, ...answers })
}

/** The review page names every gap, and leads there. */
async function lacksEverything(who) {
  await who.screen('evidence-empty')
  await who.tap('#next')
  await who.at('review')
  await who.find('#blocking').waitFor()
  await who.screen('review-blocked')
  assert.match(await who.text(), /营业执照或法人证书/)
  await who.tap('#submit')
  assert.match(await who.words('#submit-fault'), /承诺|不符合要求/)
  await who.tap('#jump-qualification')
  await who.at('evidence')
}

async function attaches(world, who) {
  const { things } = world
  await who.tap('#slot-pictures-disk')
  await who.find('#privacy-sheet').waitFor()
  await who.screen('privacy-sheet')
  await who.send('#privacy-agree', things.picture('一.jpg'), things.picture('二.png'), things.picture('三.jpg', { width: 4000, height: 3000 }))
  await who.arrived(3)
  await who.find('#slot-pictures-full').waitFor()
  await who.send('#slot-video-disk', things.film('宣传片.mp4', 299, 2))
  await who.arrived(4)
  assert.match(await who.text(), /宣传片\.mp4/)
  await who.send('#slot-qualification-disk', things.picture('证书.png'))
  await who.arrived(5)
  const form = await downloaded(who.page, () => who.tap('#download-form'))
  assert.equal(form.subarray(0, 5).toString(), '%PDF-')
  await who.send('#slot-stamped_form-disk', things.file('申报表（盖章）.pdf', await sealed(world.browser, form)))
  await who.arrived(6)
  await who.find('.scan-advice').waitFor()
  await who.screen('evidence')
  await who.tap('#next')
  await who.at('review')
}

export async function handsIn(who) {
  await who.at('review')
  await who.find('#nothing-blocks').waitFor()
  await who.tap('#declare-one-route')
  await who.screen('review')
  await who.tap('#submit')
  await who.at('receipt')
  const number = await who.words('#receipt-number')
  assert.match(number, /\d/)
  await who.screen('receipt')
  const paper = await downloaded(who.page, () => who.tap('#download-receipt'))
  assert.equal(paper.subarray(0, 5).toString(), '%PDF-')
  await who.tap('#timeline')
  await who.at('entry')
  await who.shows('#state', /审核中/)
}

/** The county gives it back; only what it names can be changed. */
async function mends(world, who, id) {
  const county = await world.server.officer('bozhou-2022.qiaocheng-cyberspace')
  await county.giveBack(id, [{ field: 'summary', message: '请补充2021年以来文明创建活动的成效', clause: '图文案例需展示案例亮点、实效等方面内容' }])
  await who.page.reload()
  await who.shows('#slip', /请补充2021年以来文明创建活动的成效/)
  await who.screen('returned')
  const slip = await downloaded(who.page, () => who.tap('#slip-paper'))
  assert.equal(slip.subarray(0, 5).toString(), '%PDF-')
  await who.tap('#mend-summary')
  await who.at('form')
  await who.find('#returned-note').waitFor()
  await who.find('#field-summary').waitFor()
  assert.equal(await who.find('[id^=row-]').count(), 1, 'only what the slip names is open')
  await who.fillIn({ summary: QIAOCHENG.summary + '2021年以来举办文明创建活动36场。' })
  await who.screen('form-returned')
  await who.tap('#next')
  await who.at('evidence')
  await who.tap('#next')
  await handsIn(who)
}

async function isEndorsed(world, who, id) {
  const boxes = [['qiaocheng-cyberspace', 'county-cyberspace'], ['qiaocheng-civilisation', 'county-civilisation'], ['city-cyberspace', 'city-cyberspace'], ['city-civilisation', 'city-civilisation']]
  for (const [login, box] of boxes) {
    const officer = await world.server.officer(`bozhou-2022.${login}`)
    await officer.stamp(id, box)
    await officer.endorse(id)
  }
  await who.page.reload()
  await who.shows('#state', /审核通过/)
  const timeline = await who.words('#events')
  for (const words of ['提交', '退回', '盖章', '同意']) assert.match(timeline, new RegExp(words))
  await who.screen('timeline')
}

async function isVerified(world, who, id) {
  const county = await world.server.officer('bozhou-2022.qiaocheng-cyberspace')
  const { form_code } = await county.entry(id)
  await who.v.open(`#/pages/verify/index?code=${form_code}`)
  await who.shows('#verified-form', /印章（4枚）/)
  await who.screen('verified')
  await who.type('#code', 'QC-000000')
  await who.tap('#verify')
  await who.shows('#verify-fault', /没有编号为/)
}

/** The organiser issues certificates to what was endorsed. */
async function isHonoured(world, who, id) {
  const organiser = await world.server.officer('bozhou-2022.organiser')
  await organiser.call('POST', '/campaigns/bozhou-2022/certificates/print-files', {
    kind: 'certificate', names: [], endorsed: 'government', title: '亳州市文明账号', text: '被评为2022年亳州市文明账号。', agencies: [{ name: '亳州市委网信办' }, { name: '亳州市文明办' }], date: '2026-11-26', frame: true, issue: true,
  })
  await who.v.open(`#/pages/entry/index?id=${id}`)
  await who.tap('#certificates')
  await who.at('certificates')
  await who.sees('被评为2022年亳州市文明账号。')
  await who.screen('certificates')
  const paper = await downloaded(who.page, () => who.tap('[id^=paper-]'))
  assert.equal(paper.subarray(0, 5).toString(), '%PDF-')
  await who.tapWords('查看核验结果')
  await who.shows('#verified-certificate', /有效：登记在册的证书/)
  await who.screen('verified-certificate')
}
