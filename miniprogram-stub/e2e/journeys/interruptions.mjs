// The line is cut, the app is killed, the session ends elsewhere, another device writes: nothing typed is lost.
import assert from 'node:assert/strict'
import { Line } from '../support/line.mjs'
import { applicant, draft, handIn, NEEDED } from '../support/others.mjs'
import { person } from '../support/person.mjs'
import { beginsInQiaocheng } from './bozhou.mjs'

const MB = 1 << 20

export async function cutAndResumed(world) {
  const line = await Line.to(world.server.url)
  const chen = await person(world, { line })
  try {
    const film = world.things.film('长片.mp4', 290, 12)
    await beginsInQiaocheng(chen, '13800138010')
    await chen.tap('#later')
    await chen.at('evidence')
    await chen.tap('#slot-video-disk')
    const cut = line.cutAfter(6 * MB)
    await chen.send('#privacy-agree', film)
    await cut
    await chen.shows('.upload', /已中断/)
    await chen.screen('upload-cut')
    line.mend()
    await chen.arrived(1)
    assert.equal(chen.v.sent('PUT', /\/parts\/1$/), 1, 'a part that had arrived was sent again')
    assert.ok(chen.v.sent('PUT', /\/parts\/2$/) > 1, 'the part that was cut was not sent again')
  } finally {
    await chen.v.close()
    line.close()
  }
}

export async function killedWhileSending(world) {
  const line = await Line.to(world.server.url)
  const dong = await person(world, { line })
  try {
    const film = world.things.film('另一部.mp4', 280, 12)
    const id = await beginsInQiaocheng(dong, '13800138011')
    await dong.tap('#later')
    await dong.at('evidence')
    await dong.tap('#slot-video-disk')
    const cut = line.cutAfter(6 * MB)
    await dong.send('#privacy-agree', film)
    await cut
    line.mend()
    await dong.v.killAndOpen(`${line.url}/m/`)
    await dong.tap(`#resume-${id}`)
    await dong.at('evidence')
    await dong.shows('.upload', /未传完.*重新选择同一个文件/)
    await dong.screen('upload-lost')
    await dong.send('#slot-video-disk', film)
    await dong.arrived(1)
    assert.equal(dong.v.sent('PUT', /\/parts\/1$/), 1, 'a part that had arrived was sent again')
  } finally {
    await dong.v.close()
    line.close()
  }
}

export async function killedWhileWriting(world) {
  const line = await Line.to(world.server.url)
  const fang = await person(world, { line })
  try {
    const id = await beginsInQiaocheng(fang, '13800138012')
    await fang.fillIn({ name: '写到一半的账号' })
    await fang.shows('#draft-state', /草稿已自动保存/)
    line.cut()
    await fang.fillIn({ summary: '断网时写下的话' })
    await fang.shows('#draft-state', /已存本机，网络恢复后/)
    await fang.screen('form-offline')
    line.mend()
    await fang.v.killAndOpen(`${line.url}/m/`)
    await fang.tap(`#resume-${id}`)
    await fang.at('form')
    await fang.find('#field-name').waitFor()
    assert.equal(await fang.find('#field-name input').inputValue(), '写到一半的账号')
    assert.equal(await fang.find('#field-summary textarea').inputValue(), '断网时写下的话')
    await fang.shows('#draft-state', /草稿已/)
  } finally {
    await fang.v.close()
    line.close()
  }
}

export async function endedElsewhere(world) {
  const guo = await person(world)
  const id = await beginsInQiaocheng(guo, '13800138013')
  await guo.fillIn({ name: '登录失效前' })
  await guo.shows('#draft-state', /草稿已自动保存/)
  const token = await guo.token()
  await world.server.call('DELETE', '/api/v1/sessions/current', { token })
  await guo.fillIn({ summary: '登录失效后写下的话' })
  await guo.find('#session-lost').waitFor()
  await guo.screen('session-lost')
  await guo.tap('#sign-in-again')
  await guo.at('sign-in')
  await guo.signIn('13800138013')
  await guo.at('form')
  assert.equal(guo.id(), id)
  await guo.shows('#draft-state', /草稿已/)
  assert.equal(await guo.find('#field-summary textarea').inputValue(), '登录失效后写下的话')
  const entry = await world.server.call('GET', `/api/v1/entries/${id}`, { token: await guo.token() })
  assert.equal(entry.answers.summary, '登录失效后写下的话')
}

export async function twoDevices(world) {
  const phone = '13800138014'
  const one = await person(world)
  const id = await beginsInQiaocheng(one, phone)
  await one.fillIn({ name: '原来的名称' })
  await one.shows('#draft-state', /草稿已自动保存/)

  const two = await person(world)
  await two.holds(await one.token(), `#/pages/form/index?id=${id}`)
  await two.find('#field-name').waitFor()
  await two.fillIn({ name: '第二台的名称', address: '第二台的地址' })
  await two.shows('#draft-state', /草稿已自动保存/)

  await one.fillIn({ name: '第一台的名称', contact: '第一台的联系人' })
  await one.find('#conflicts').waitFor()
  await one.screen('conflict')
  assert.match(await one.words('#mine-name'), /第一台的名称/)
  assert.match(await one.words('#theirs-name'), /第二台的名称/)
  await one.tap('#theirs-name')
  await one.tap('#resolve')
  await one.shows('#draft-state', /草稿已/)
  const { answers } = await world.server.call('GET', `/api/v1/entries/${id}`, { token: await one.token() })
  assert.deepEqual([answers.name, answers.address, answers.contact], ['第二台的名称', '第二台的地址', '第一台的联系人'])
}

/** The phone has no room for the draft: the server keeps it, and what it does not have yet is said not to be safe. */
export async function phoneIsFull(world) {
  const line = await Line.to(world.server.url)
  const jiao = await person(world, { line })
  try {
    const { id, token } = await begun(world, '13800138015')
    await jiao.holds(token, `#/pages/form/index?id=${id}`)
    await jiao.fillIn({ name: '写到手机满了' })
    await jiao.shows('#draft-state', /草稿已自动保存/)
    await fills(jiao.page)
    await jiao.fillIn({ contact: '联系人在服务器上' })
    await jiao.shows('#phone-full', /手机存储已满，草稿没有存到本机，只保存在服务器/)
    await jiao.shows('#draft-state', /草稿已自动保存/)
    assert.equal((await saved(world, jiao, id)).contact, '联系人在服务器上')
    await jiao.screen('phone-full')

    line.cut()
    await jiao.fillIn({ address: '断网又没有空间' })
    await jiao.shows('#phone-full', /还没有保存，只在本页。请不要关闭本页/)
    assert.doesNotMatch(await jiao.text(), /已存本机|保存在本机/, 'says that the phone keeps what it does not')
    await jiao.screen('phone-full-offline')
    line.mend()
    await jiao.shows('#draft-state', /草稿已自动保存/)
    assert.equal((await saved(world, jiao, id)).address, '断网又没有空间')

    await world.server.call('DELETE', '/api/v1/sessions/current', { token: (await jiao.token()) })
    await jiao.fillIn({ summary: '登录也失效了' })
    await jiao.shows('#session-lost', /手机存储已满，已填写的内容只在本页：请不要关闭/)
    assert.doesNotMatch(await jiao.text(), /保存在本机/)
    await jiao.tap('#sign-in-again')
    await jiao.at('sign-in')
    await jiao.signIn('13800138015')
    await jiao.at('form')
    await jiao.shows('#draft-state', /草稿已/)
    assert.equal(await jiao.find('#field-summary textarea').inputValue(), '登录也失效了')

    await jiao.page.evaluate(() => localStorage.removeItem('others'))
    await jiao.fillIn({ telephone: '0558-5550002' })
    await jiao.find('#phone-full').waitFor({ state: 'detached' })
    await jiao.v.killAndOpen(`${line.url}/m/#/pages/form/index?id=${id}`)
    await jiao.find('#field-name').waitFor()
    assert.equal(await jiao.find('#field-summary textarea').inputValue(), '登录也失效了')
  } finally {
    await jiao.v.close()
    line.close()
  }
}

/** An entry of somebody who signed in a while ago: a phone gets one code a minute. */
async function begun(world, phone, files = []) {
  const token = world.early.get(phone)
  return { token, id: await draft(world, token, { name: `申报${phone}`, files }) }
}

/** Others' things fill all the room that a page has on this phone. */
const fills = (page) => page.evaluate(() => {
  let words = 'x'.repeat(1024)
  for (let more = words.repeat(4096); more.length > 0; more = more.slice(0, more.length >> 1)) {
    try {
      localStorage.setItem('others', words + more)
      words += more
      more += more
    } catch {
      // half of it, then
    }
  }
})

const saved = async (world, who, id) => (await world.server.call('GET', `/api/v1/entries/${id}`, { token: await who.token() })).answers

/** A film is on its way when the session ends: after the next sign-in it goes on where it was. */
export async function endedWhileSending(world) {
  const ke = await person(world)
  const film = world.things.film('登录失效.mp4', 270, 12)
  const { id, token } = await begun(world, '13800138016')
  await ke.holds(token, `#/pages/evidence/index?id=${id}`)
  await ke.tap('#slot-video-disk')
  await ke.page.route(/\/parts\/2$/, async (route) => {
    await world.server.call('DELETE', '/api/v1/sessions/current', { token })
    await route.continue()
  }, { times: 1 })
  await ke.send('#privacy-agree', film)
  await ke.shows('.upload', /没有上传成功.*登录已失效.*请重新登录/)
  await ke.find('#session-lost').waitFor()
  await ke.screen('upload-session-lost')
  await ke.tap('#sign-in-again')
  await ke.at('sign-in')
  await ke.signIn('13800138016')
  await ke.at('evidence')
  await ke.tap('.retry')
  await ke.arrived(1)
  assert.equal(ke.v.sent('PUT', /\/parts\/1$/), 1, 'a part that had arrived was sent again')
}

/** The session ends, then WeChat's and ours are fine again: what was declared is still there, one tap hands in. */
export async function endedAtTheSubmission(world) {
  const phone = '13800138017'
  const { id, token } = await begun(world, phone, NEEDED)
  const lu = await person(world)
  await lu.holds(token, `#/pages/review/index?id=${id}`)
  await lu.find('#nothing-blocks').waitFor()
  await lu.tap('#declare-one-route')
  await world.server.call('DELETE', '/api/v1/sessions/current', { token })
  await lu.tap('#submit')
  await lu.shows('#submit-fault', /登录已失效.*请重新登录/)
  await lu.screen('review-session-lost')
  await lu.tap('#sign-in-again')
  await lu.at('sign-in')
  await lu.signIn(phone)
  await lu.at('review')
  await lu.find('#nothing-blocks').waitFor()
  assert.equal(await lu.find('#declare-one-route').getAttribute('aria-checked'), 'true')
  await lu.tap('#submit')
  await lu.at('receipt')
}

/** Another device hands the entry in while this one writes. */
export async function handedInElsewhere(world) {
  const token = await applicant(world.server, '13700137052')
  const id = await draft(world, token, { name: '另一台先提交' })
  const mo = await person(world)
  await mo.holds(token, `#/pages/form/index?id=${id}`)
  await mo.find('#field-name').waitFor()
  await handIn(world, token, id)
  await mo.fillIn({ summary: '提交以后才写的话' })
  await mo.shows('#draft-sentence', /正在审核中，不能修改；如需修改请先联系审核单位退回/)
  assert.equal(await mo.find('#field-summary textarea').inputValue(), '提交以后才写的话')
  await mo.screen('form-handed-in-elsewhere')
}
