// Everything that is refused, once: in a sentence that says what happened and what to do.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { applicant, draft, handIn } from '../support/others.mjs'
import { person } from '../support/person.mjs'
import { beginsInQiaocheng, choosesQiaocheng, writesForm } from './bozhou.mjs'

const DAY = 86_400_000

export async function wrongFiles(world) {
  const { things } = world
  const hu = await person(world)
  await beginsInQiaocheng(hu, '13800138020')
  await hu.tap('#later')
  await hu.at('evidence')
  const refused = async (slot, expected, ...files) => {
    await hu.send(`#slot-${slot}-disk`, ...files)
    await hu.shows(`#row-${slot} .refusal`, expected)
  }
  await hu.tap('#slot-pictures-disk')
  await hu.send('#privacy-agree', things.file('照片.jpg', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(4000, 7)])))
  await hu.shows('#row-pictures .refusal', /“照片\.jpg”的内容是可执行程序.*没有上传/)
  const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(4000, 7)])
  for (const [slot, name] of [['video', '宣传片.mp4'], ['stamped_form', '盖章.pdf']]) await refused(slot, /内容是可执行程序.*没有上传/, things.file(name, program))
  await refused('pictures', /空文件/, things.file('空.png', Buffer.alloc(0)))
  await refused('pictures', /HEIC.*兼容性最佳/, things.file('苹果.heic', Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(2000)])))
  await refused('pictures', /不能超过10MB/, padded(things, '大图.png', 60 << 20))
  await refused('video', /长5分01秒，不能超过5分钟/, things.film('超长.mp4', 301))
  await refused('honours', /内容是MP4视频/, things.film('不是证书.mp4', 3))
  await hu.send('#slot-pictures-disk', ...['甲', '乙', '丙', '丁'].map((n) => things.picture(`${n}.jpg`, { width: 320, height: 240 })))
  await hu.shows('#row-pictures .refusal', /“丁\.jpg”没有上传：相关图片最多3件/)
  await hu.arrived(3)
  await hu.screen('evidence-refused')
  // a damaged picture looks right at its beginning: the server, which looks through it, says so
  const broken = things.file('半张.png', Buffer.concat([pngHead(things), Buffer.alloc(5000, 1)]))
  await hu.send('#slot-honours-disk', broken)
  await hu.shows('#row-honours .upload', /没有上传成功.*(损坏|无法|不完整|打不开|不能)/)
  await hu.screen('evidence-damaged')
}

const pngHead = (things) => fs.readFileSync(things.picture('好.png')).subarray(0, 200)

/** A picture that a camera would not make: right, and padded behind its end. */
function padded(things, name, bytes) {
  return things.file(name, Buffer.concat([pngHead(things), Buffer.alloc(bytes)]))
}

export async function wrongAnswers(world) {
  const jin = await person(world)
  await beginsInQiaocheng(jin, '13800138021')
  await writesForm(jin, { mobile: '1380013', email: 'a@', postcode: '2368', followers: '-3', credit_code: '91340000MA2N00000X', name: '名'.repeat(61) })
  await jin.tap('#next')
  for (const key of ['mobile', 'email', 'postcode', 'followers', 'credit_code', 'name']) {
    await jin.find(`#fault-${key}`).first().waitFor()
    assert.ok((await jin.words(`#fault-${key}`)).length > 4, key)
  }
  await jin.screen('form-wrong')
}

/** Places of a county, one entry for each operator, one route for each account. */
export async function noPlaceLeft(world) {
  const { server } = world
  for (const n of [1, 2, 3]) {
    const token = await applicant(server, `1370013700${n}`)
    await handIn(world, token, await draft(world, token, { name: `涡阳${n}号`, county: '涡阳县委网信办', region: '341621' }))
  }
  const kong = await person(world)
  await kong.v.open()
  await kong.tap('#campaign-bozhou-2022')
  await kong.tap('#begin')
  await kong.at('sign-in')
  await kong.signIn('13800138022')
  await kong.at('start')
  await choosesQiaocheng(kong)
  await kong.find('#may-begin').waitFor()
  await kong.tapWords('涡阳县委网信办')
  await kong.shows('#quotas', /县（区）名额（涡阳县委网信办）：共3个，已用3个，还剩0个/)
  await kong.shows('#start', /不符合申报条件/)
  await kong.screen('start-full')
}

export async function sameOperator(world) {
  const { server } = world
  const first = await applicant(server, '13700137011')
  await handIn(world, first, await draft(world, first, { name: '蒙城一号', operator: '蒙城县某局', county: '蒙城县委网信办', region: '341622' }))
  const second = await applicant(server, '13700137012')
  const id = await draft(world, second, { name: '蒙城二号', operator: '蒙城县某局', county: '蒙城县委网信办', region: '341622' })
  const lin = await person(world)
  await lin.holds(second, `#/pages/review/index?id=${id}`)
  await lin.shows('#blocking', /同一运营主体/)
  await lin.shows('#blocking', /通知原文/)
  await lin.screen('review-same-operator')
}

/** The window closes while the form is open; then it is open again, at another time. */
export async function deadline(world) {
  const token = await applicant(world.server, '13700137013')
  const id = await draft(world, token, { name: '赶在截止前', operator: '赶在截止前' })
  const organiser = await world.server.officer('bozhou-2022.organiser')
  const ma = await person(world)
  await ma.holds(token, `#/pages/form/index?id=${id}`)
  await ma.find('#countdown').waitFor()
  const now = Date.now()
  try {
    await organiser.moveWindow('bozhou-2022', 'apply', now - DAY, now + 12_000)
    await ma.v.open(`#/pages/review/index?id=${id}`)
    await ma.shows('#dates-moved', /调整/)
    await ma.find('#nothing-blocks').waitFor()
    await ma.tap('#declare-one-route')
    await wait(Math.max(0, now + 13_000 - Date.now()))
    await ma.find('#deadline-passed').waitFor()
    assert.equal(await ma.find('#nothing-blocks').count(), 0)
    assert.notEqual(await ma.find('#submit').getAttribute('disabled'), null)
    await ma.screen('deadline-passed')
    await ma.v.open(`#/pages/form/index?id=${id}`)
    await ma.shows('#countdown', /已截止/)
    assert.equal(await ma.find('#field-name input').inputValue(), '赶在截止前')
  } finally {
    await organiser.moveWindow('bozhou-2022', 'apply', now - DAY, now + 30 * DAY)
  }
}

export async function withdrawn(world) {
  const token = await applicant(world.server, '13700137014')
  const id = await draft(world, token, { name: '要撤回的', operator: '要撤回的' })
  const ning = await person(world)
  await ning.holds(token, `#/pages/entry/index?id=${id}`)
  await ning.tap('#withdraw')
  await ning.at('withdraw')
  await ning.tap('#withdraw')
  await ning.sees('请写明撤回的原因')
  await ning.screen('withdraw')
  await ning.type('#reason', '主管单位另有安排')
  await ning.tap('#withdraw')
  await ning.shows('#state', /已撤回/)
  await ning.screen('withdrawn')
}

export async function declined(world) {
  const token = await applicant(world.server, '13700137015')
  const id = await draft(world, token, { name: '不予推荐的', operator: '不予推荐的' })
  await handIn(world, token, id)
  const officer = await world.server.officer('bozhou-2022.qiaocheng-cyberspace')
  await officer.decline(id, '更新频率不足')
  const ou = await person(world)
  await ou.holds(token, `#/pages/entry/index?id=${id}`)
  await ou.shows('#state', /不予推荐/)
  await ou.shows('#events', /更新频率不足/)
  await ou.screen('declined')
}

/** A code signs in once; one that another took the place of, or that was used, is refused in words, and the next one works. */
export async function usedCodes(world) {
  const phone = '13800138023'
  const pan = await person(world)
  await pan.v.open('#/pages/sign-in/index?next=me')
  await pan.tap('#agree')
  await pan.type('#phone', phone)
  await pan.tap('#send-code')
  await pan.find('#code-sent').waitFor()
  const code = await world.server.code()
  await pan.type('#code', code)
  await pan.tap('#sign-in')
  await pan.at('me')
  await pan.tap('#sign-out')
  await pan.tap('.uni-modal__btn_primary')
  await pan.find('#campaign-bozhou-2022').waitFor()
  await pan.v.open('#/pages/sign-in/index?next=me')
  await pan.page.reload()
  await pan.tap('#agree')
  await pan.type('#phone', phone)
  await pan.type('#code', code)
  await pan.tap('#sign-in')
  await pan.shows('#sign-in-fault', /验证码错误或已过期，请重新获取/)
  assert.equal(await pan.find('#phone input').inputValue(), phone)
  await pan.tap('#send-code')
  await pan.shows('#sign-in-fault', /\d+秒后可以再试/)
  await pan.shows('#send-code', /\d+秒后可重新获取/)
  await pan.screen('sign-in-used-code')
}

/** The organiser moves the dates while somebody writes: later, at the very moment in which they were to end; then to now. */
export async function datesMove(world) {
  const { server } = world
  const token = await applicant(server, '13700137016')
  const id = await draft(world, token, { name: '日期会变' })
  const organiser = await server.officer('bozhou-2022.organiser')
  const qian = await person(world)
  const now = Date.now()
  try {
    await organiser.moveWindow('bozhou-2022', 'apply', now - DAY, now + 9000)
    await qian.holds(token, `#/pages/form/index?id=${id}`)
    await qian.shows('#countdown', /截止还有/)
    await qian.fillIn({ contact: '截止前写下' })
    await qian.shows('#draft-state', /草稿已自动保存/)
    await organiser.moveWindow('bozhou-2022', 'apply', now - DAY, now + 5 * DAY)
    await qian.shows('#dates-moved', /截止时间已由.*调整为.*已填写的内容不受影响/, 20_000)
    await qian.shows('#countdown', /截止还有/)
    await qian.screen('form-dates-moved')

    await qian.v.open(`#/pages/review/index?id=${id}`)
    await qian.find('#nothing-blocks').waitFor()
    await qian.tap('#declare-one-route')
    await organiser.moveWindow('bozhou-2022', 'apply', now - DAY, Date.now() - 1000)
    await qian.tap('#submit')
    await qian.shows('#submit-fault', /(截止|时间|结束)/)
    await qian.shows('#deadline-passed', /已填写的内容保存在草稿中，没有丢失；如需补报，请联系主办单位/)
    await qian.screen('review-closed-at-the-tap')
    const { answers } = await server.call('GET', `/api/v1/entries/${id}`, { token })
    assert.equal(answers.contact, '截止前写下')
  } finally {
    await organiser.moveWindow('bozhou-2022', 'apply', now - DAY, now + 30 * DAY)
  }
}

/** The deadline passes while the form is open: what is typed before and after is kept. */
export async function deadlineWhileWriting(world) {
  const { server } = world
  const token = await applicant(server, '13700137017')
  const id = await draft(world, token, { name: '写到截止' })
  const organiser = await server.officer('bozhou-2022.organiser')
  const ruan = await person(world)
  const now = Date.now()
  try {
    await organiser.moveWindow('bozhou-2022', 'apply', now - DAY, now + 8000)
    await ruan.holds(token, `#/pages/form/index?id=${id}`)
    await ruan.shows('#countdown', /截止还有/)
    await ruan.fillIn({ contact: '截止前写下' })
    await ruan.shows('#draft-state', /草稿已自动保存/)
    await ruan.shows('#countdown', /已截止，不能再提交。如有特殊情况，请联系主办单位/, 20_000)
    await ruan.fillIn({ address: '截止后写下' })
    await ruan.shows('#draft-state', /草稿已自动保存|已存本机/)
    await ruan.page.waitForTimeout(2500)
    await ruan.screen('form-after-deadline')
    await ruan.v.killAndOpen(`${server.url}/m/#/pages/form/index?id=${id}`)
    await ruan.find('#field-name').waitFor()
    assert.equal(await ruan.find('#field-contact input').inputValue(), '截止前写下')
    assert.equal(await ruan.find('#field-address input').inputValue(), '截止后写下')
  } finally {
    await organiser.moveWindow('bozhou-2022', 'apply', now - DAY, now + 30 * DAY)
  }
}
