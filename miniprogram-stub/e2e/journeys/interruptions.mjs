// The line is cut, the app is killed, the session ends elsewhere, another device writes: nothing typed is lost.
import assert from 'node:assert/strict'
import { Line } from '../support/line.mjs'
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
