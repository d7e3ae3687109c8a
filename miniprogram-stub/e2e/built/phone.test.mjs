// The built mini-program's own code, run on WeChat's component engine, against the server's binary: a person signs in by WeChat, fills
// the form and sends pictures.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Phone } from '../support/phone.mjs'
import { start } from '../support/server.mjs'
import { Things } from '../support/things.mjs'

let server, things, phone, id

before(async () => {
  things = new Things()
  server = await start()
  phone = new Phone(server, 'anna')
})
after(async () => {
  await server?.stop()
  things?.remove()
  // the app's own timers go on for ever
  setTimeout(() => process.exit(), 500).unref()
})

test('a person finds a campaign, reads its notice and signs in by WeChat', async () => {
  const home = await phone.open('pages/index/index')
  await home.shows('亳州市文明网站平台')
  await home.tap('#campaign-bozhou-2022')
  assert.equal(phone.went.at(-1), 'pages/notice/index?slug=bozhou-2022')

  const notice = await phone.open('pages/notice/index', { slug: 'bozhou-2022' })
  await notice.shows('距申报截止还有')
  await notice.tap('#begin')
  assert.match(phone.went.at(-1), /^pages\/sign-in\/index/)

  const signIn = await phone.open('pages/sign-in/index', { next: 'start', slug: 'bozhou-2022' })
  await signIn.shows('微信登录')
  await signIn.tap('#wechat')
  await signIn.shows('请先阅读并同意个人信息说明')
  await signIn.tap('#agree')
  await refusesByWechat(signIn)
  await signIn.tap('#wechat')
  await phone.goesTo(/^pages\/start\/index/)
})

/** A code that ran out, one that was used before, WeChat busy and away: said in words, and the next tap works. */
async function refusesByWechat(signIn) {
  await server.call('POST', '/api/v1/sessions/wechat', { body: { code: 'login-somebody-1' } })
  for (const [code, words] of [['fault-40029', '请再点一次'], ['login-somebody-1', '请再点一次'], ['fault--1', '微信'], ['garbage', '微信']]) {
    phone.loginCodes.push(code)
    await signIn.tap('#wechat')
    await signIn.shows(words)
    assert.equal(phone.token, undefined)
    // the sentence before it must not be taken for this one
    await signIn.tap('#agree')
    await signIn.tap('#wechat')
    await signIn.shows('请先阅读并同意')
    await signIn.tap('#agree')
  }
}

test('chooses, sees the places that are left, and begins', async () => {
  const begin = await phone.open('pages/start/index', { slug: 'bozhou-2022' })
  await begin.shows('申报什么')
  const agencies = await server.call('GET', '/api/v1/campaigns/bozhou-2022/agencies')
  const county = agencies.find((a) => a.name === '谯城区委网信办')
  for (const choice of ['subject-account', 'category-government', 'route-county', `agency-${county.id}`, 'unit-none']) await begin.tap(`#${choice}`)
  await begin.shows('还剩3个')
  await begin.tap('#start')
  id = /id=([\w-]+)/.exec(await phone.goesTo(/^pages\/form\/index/))[1]
})

test('fills the form, which is saved by itself, here and on the server', async () => {
  const form = await phone.open('pages/form/index', { id })
  await form.shows('亳州市文明网站平台文明账号申报表')
  await form.tap('#next')
  await form.shows('请填写网站平台或账号名称')
  await form.fill('#field-name', '谯城发布')
  await form.fill('#field-summary', '简介'.repeat(5))
  await form.shows('10/1500字')
  await form.tap('#field-platform-wechat')
  await form.shows('草稿已自动保存')
  const { answers } = await server.call('GET', `/api/v1/entries/${id}`, { token: phone.token })
  assert.deepEqual([answers.name, answers.summary, answers.platform], ['谯城发布', '简介'.repeat(5), 'wechat'])
  assert.match(JSON.stringify([...phone.storage]), /谯城发布/)
})

test('nothing typed is lost when the phone is full', async () => {
  const form = await phone.open('pages/form/index', { id })
  await form.shows('网站平台或账号名称')
  phone.full = true
  await form.fill('#field-host_unit', '谯城区委宣传部')
  await form.shows('手机存储已满')
  await form.shows('草稿已自动保存')
  phone.full = false
  const { answers } = await server.call('GET', `/api/v1/entries/${id}`, { token: phone.token })
  assert.equal(answers.host_unit, '谯城区委宣传部')
})

test('sends pictures and a film', async () => {
  const evidence = await phone.open('pages/evidence/index', { id })
  await evidence.shows('相关图片')
  phone.willPick(things.picture('一.jpg'), things.picture('二.png'))
  await evidence.tap('#slot-pictures-pictures')
  await evidence.shows('不读取其他照片和文件')
  await evidence.tap('#privacy-agree')
  await evidence.shows('800×600')
  phone.willPick(things.film('宣传片.mp4', 20, 6))
  await evidence.tap('#slot-video-video')
  await evidence.shows('20秒', 30_000)
  const entry = await server.call('GET', `/api/v1/entries/${id}`, { token: phone.token })
  assert.deepEqual(entry.evidence.map((e) => e.slot).sort(), ['pictures', 'pictures', 'video'])
})

test('sees what is still missing', async () => {
  const review = await phone.open('pages/review/index', { id })
  await review.shows('须修改后才能提交')
  await review.shows('主办单位')
})

test('comes back later: the draft is offered again', async () => {
  const home = await phone.open('pages/index/index')
  await home.shows('继续上次的申报')
  await home.tap(`#resume-${id}`)
  assert.match(phone.went.at(-1), new RegExp(`id=${id}`))
})
