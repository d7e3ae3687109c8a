// The built mini-program's own code meets WeChat as its documents describe it: what a person declines, what the phone forbids, what
// WeChat does not do. Each ends in a sentence; nothing keeps anybody from handing in.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { draft } from '../support/others.mjs'
import { Phone } from '../support/phone.mjs'
import { start } from '../support/server.mjs'
import { Things } from '../support/things.mjs'

let server, things, phone, world

before(async () => {
  things = new Things()
  server = await start({ THROTTLE_FAILURES: 0 })
  world = { server, things }
  phone = new Phone(server, 'bella')
  const { token, expires_at } = await server.call('POST', '/api/v1/sessions/wechat', { body: { code: 'login-bella-0' } })
  const signIn = await phone.open('pages/sign-in/index', { next: 'me' })
  await signIn.tap('#agree')
  phone.answers.login = [{ errMsg: 'login:fail timeout' }]
  await signIn.tap('#wechat')
  await signIn.shows('微信没有应答，请再点一次；仍不行时可以用手机号登录')
  assert.equal(phone.token, undefined)
  await signIn.tap('#wechat')
  await phone.goesTo(/^pages\/me\/index/)
  assert.ok(token && expires_at && phone.token)
})
beforeEach(() => {
  phone.answers = {}
  phone.asked = []
})
after(async () => {
  await server?.stop()
  things?.remove()
  setTimeout(() => process.exit(), 500).unref()
})

const asked = (name) => phone.asked.filter(([n]) => n === name).map(([, o]) => o)

test('the phone number: declined, not to be had, taken by another, bound', async () => {
  const me = await phone.open('pages/me/index')
  await me.shows('尚未绑定')
  await me.hears('#bind-phone', 'getphonenumber', { errMsg: 'getPhoneNumber:fail user deny' })
  await me.shows('没有取得您的同意，手机号没有绑定。不绑定也可以申报')
  await me.hears('#bind-phone', 'getphonenumber', { errMsg: 'getPhoneNumber:fail jsapi has no permission', errno: 102 })
  await me.shows('微信没有给出手机号，没有绑定。请稍后再试')
  // what it costs is used up
  await me.hears('#bind-phone', 'getphonenumber', { errMsg: 'getPhoneNumber:fail', errno: 1400001 })
  await me.shows('微信没有给出手机号')
  await me.hears('#bind-phone', 'getphonenumber', { errMsg: 'getPhoneNumber:ok', code: 'fault-40029' })
  await me.shows('手机号授权已失效，请重新点击获取手机号')
  const other = await server.call('POST', '/api/v1/sessions/wechat', { body: { code: 'login-carla-0' } })
  await server.call('PUT', '/api/v1/me/phone', { token: other.token, body: { code: 'phone-13800138077' } })
  await me.hears('#bind-phone', 'getphonenumber', { errMsg: 'getPhoneNumber:ok', code: 'phone-13800138077-again' })
  await me.shows('已绑定另一个账号，这次没有绑定')
  await me.hears('#bind-phone', 'getphonenumber', { errMsg: 'getPhoneNumber:ok', code: 'phone-13800138078' })
  await me.shows('手机号已绑定')
  await me.shows('138****8078')
})

test('choosing: turned back, refused, forbidden by the phone, not opened', async () => {
  const id = await begun('选择文件', [])
  const evidence = await phone.open('pages/evidence/index', { id })
  await evidence.shows('相关图片')
  await evidence.tap('#slot-pictures-pictures')
  await evidence.tap('#privacy-refuse')
  assert.deepEqual(asked('chooseMedia'), [], 'the chooser opens though the person refused')
  await evidence.tap('#slot-pictures-pictures')

  phone.answers.chooseMedia = [{ errMsg: 'chooseMedia:fail cancel' }]
  await evidence.tap('#privacy-agree')
  const [how] = asked('chooseMedia')
  assert.deepEqual([how.count, how.mediaType, how.maxDuration], [3, ['image'], 60])
  await evidence.settle()
  assert.doesNotMatch(evidence.text, /没有打开|没有取得/)

  for (const [errMsg, words] of [
    ['chooseMedia:fail privacy permission is not authorized', '微信没有取得您对读取文件的同意'],
    ['chooseMedia:fail api scope is not declared in the privacy agreement', '微信没有取得您对读取文件的同意'],
    ['chooseMedia:fail auth deny', '微信没有取得您对读取文件的同意'],
    ['chooseMedia:fail system permission denied', '请在手机的系统设置中找到微信，允许后再选择文件'],
    ['chooseMedia:fail unknown error', '微信没有打开选择窗口，请再试一次'],
  ]) {
    phone.answers.chooseMedia = [{ errMsg }]
    await evidence.tap('#slot-pictures-pictures')
    await evidence.shows(words)
  }

  phone.answers.chooseMessageFile = [{ errMsg: 'chooseMessageFile:fail cancel' }, { errMsg: 'chooseMessageFile:fail no permission' }]
  await evidence.tap('#slot-stamped_form-chat')
  const [chat] = asked('chooseMessageFile')
  assert.deepEqual([chat.type, chat.extension], ['file', ['pdf']])
  await evidence.tap('#slot-stamped_form-chat')
  await evidence.shows('微信没有')

  // a fourth picture, a program that calls itself a picture, a film of five minutes and a second
  phone.willPick(...['甲', '乙', '丙', '丁'].map((n) => things.picture(`${n}.jpg`, { width: 320, height: 240 })))
  await evidence.tap('#slot-pictures-chat')
  await evidence.shows('“丁.jpg”没有上传：相关图片最多3件')
  await arrived(evidence, id, 3)
  phone.willPick(things.file('照片.png', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(4000, 7)])))
  await evidence.tap('#slot-honours-chat')
  await evidence.shows('的内容是可执行程序')
  phone.answers.chooseMedia = [{ errMsg: 'chooseMedia:ok', type: 'video', tempFiles: [filmOf('超长.mp4', 301)] }]
  await evidence.tap('#slot-video-video')
  await evidence.shows('长5分01秒，不能超过5分钟')
  // from a chat WeChat does not tell the length: the server looks
  phone.willPick(things.film('聊天里的.mp4', 302))
  await evidence.tap('#slot-video-chat')
  await evidence.shows('没有上传成功', 30_000)
  await evidence.shows('5分')
})

/** As `wx.chooseMedia` describes a film. */
function filmOf(name, seconds) {
  const at = things.film(name, seconds)
  return { tempFilePath: at, size: fs.statSync(at).size, duration: seconds, fileType: 'video', width: 320, height: 240, thumbTempFilePath: '' }
}

test('a large picture is made smaller; when that fails it is judged as it is', async () => {
  const id = await begun('大图', [])
  const large = (name) => things.file(name, Buffer.concat([fs.readFileSync(things.picture('小.png')), Buffer.alloc(60 << 20)]))
  const evidence = await phone.open('pages/evidence/index', { id })
  await evidence.shows('相关图片')
  phone.answers.compressImage = [{ errMsg: 'compressImage:fail file not exist' }]
  phone.willPick(large('压不小.png'))
  await evidence.tap('#slot-pictures-pictures')
  if (/不读取其他照片/.test(evidence.text)) await evidence.tap('#privacy-agree')
  await evidence.shows('不能超过10MB，请缩小尺寸或截图后再选')
  phone.answers.compressImage = [{ errMsg: 'compressImage:ok', tempFilePath: things.picture('压小了.jpg') }]
  phone.willPick(large('压得小.png'))
  await evidence.tap('#slot-pictures-pictures')
  await arrived(evidence, id, 1)
  const [{ bytes, media_type }] = (await entryOf(id)).evidence
  assert.equal(media_type, 'image/jpeg')
  assert.ok(bytes < 1 << 20)

  // a scan is looked at for its seals: never compressed
  phone.asked = []
  phone.willPick(things.file('扫描.png', Buffer.concat([fs.readFileSync(things.picture('纸.png')), Buffer.alloc(4 << 20)])))
  await evidence.tap('#slot-stamped_form-pictures')
  await arrived(evidence, id, 2)
  assert.deepEqual(asked('compressImage'), [])
  assert.deepEqual(asked('chooseMedia').map((o) => o.sizeType), [['original']])
})

test('a file that WeChat cleared away meanwhile is asked for again', async () => {
  const id = await begun('清理了', [])
  const evidence = await phone.open('pages/evidence/index', { id })
  await evidence.shows('相关图片')
  const at = things.picture('不见了.png')
  const told = { path: at, tempFilePath: at, name: '不见了.png', size: fs.statSync(at).size }
  fs.rmSync(at)
  phone.answers.chooseMessageFile = [{ errMsg: 'chooseMessageFile:ok', tempFiles: [told] }]
  await evidence.tap('#slot-pictures-chat')
  if (/不读取其他照片/.test(evidence.text)) await evidence.tap('#privacy-agree')
  await evidence.shows('手机上的文件读不到了（可能已被清理），请重新选择')
})

test('whatever is answered to the question about messages, the entry is handed in', async () => {
  const ids = ['demo-slip', 'demo-result']
  const cases = [
    ['both', Object.fromEntries(ids.map((id) => [id, 'accept'])), [1, 1]],
    ['one, with sound', { [ids[0]]: 'acceptWithAudio', [ids[1]]: 'reject' }, [1, 0]],
    ['banned and filtered', { [ids[0]]: 'ban', [ids[1]]: 'filter' }, [0, 0]],
    ['switched off', { errMsg: 'requestSubscribeMessage:fail The main switch is switched off', errCode: 20004 }, undefined],
    ['not at a tap', { errMsg: 'requestSubscribeMessage:fail can only be invoked by user TAP gesture.' }, undefined],
  ]
  for (const [name, answer, accepted] of cases) {
    const id = await begun(name)
    phone.answers.requestSubscribeMessage = [{ errMsg: 'requestSubscribeMessage:ok', ...answer }]
    const review = await phone.open('pages/review/index', { id })
    await review.shows('检查通过，可以提交')
    await review.tap('#declare-one-route')
    phone.asked = []
    await review.tap('#submit')
    await phone.goesTo(new RegExp(`^pages/receipt/index\\?id=${id}`))
    // at the tap itself, before anything is waited for: WeChat does not open the question later
    assert.deepEqual([phone.asked[0][0], phone.asked[0][1].tmplIds], ['requestSubscribeMessage', ids], name)
    const told = asked('request').filter((o) => /subscriptions$/.test(o.url)).map((o) => Number(o.data.accepted))
    assert.deepEqual(told, accepted ?? [], name)
    assert.equal((await entryOf(id)).state, 'under_review')
    await takeBack(id)
  }
})

test('a code is scanned: turned back, not read, read', async () => {
  const verify = await phone.open('pages/verify/index')
  phone.answers.scanCode = [{ errMsg: 'scanCode:fail cancel' }]
  await verify.tap('#scan')
  assert.doesNotMatch(verify.text, /没有识别|操作没有成功/)
  phone.answers.scanCode = [{ errMsg: 'scanCode:fail' }]
  await verify.tap('#scan')
  await verify.shows('没有识别到二维码，请对准后再试，或手工输入编号')
  phone.answers.scanCode = [{ errMsg: 'scanCode:ok', result: 'https://elsewhere.example.cn/v/QC-0000000000', scanType: 'QR_CODE' }]
  await verify.tap('#scan')
  await verify.shows('没有编号为“QC-0000000000”的文件')
})

test("an entry's code (小程序码) opens it; a paper that WeChat does not open is told", async () => {
  const id = await begun('扫码打开')
  const entry = await phone.open('pages/entry/index', { scene: id.replaceAll('-', '') })
  await entry.shows('扫码打开')
  phone.answers.openDocument = [{ errMsg: 'openDocument:fail filetype not supported' }]
  await entry.tap('#download-form')
  await entry.shows('这份文件没有打开，请再试一次')
  phone.answers.downloadFile = [{ errMsg: 'downloadFile:fail timeout' }]
  await entry.tap('#download-form')
  await entry.shows('网络没有连通')
})

const begun = (name, files) => draft(world, phone.token, { name, files })
const entryOf = (id) => server.call('GET', `/api/v1/entries/${id}`, { token: phone.token })

/** Its place is free again. */
async function takeBack(id) {
  const { version } = await entryOf(id)
  await server.call('POST', `/api/v1/entries/${id}/withdrawal`, { token: phone.token, body: { reason: '只为试一试' }, headers: { 'if-match': String(version) } })
}

async function arrived(page, id, count) {
  for (let i = 0; i < 200; i++) {
    if ((await entryOf(id)).evidence.length >= count) return
    await page.settle(100)
  }
  throw new Error(`fewer than ${count} files arrived: ${page.text.slice(0, 800)}`)
}
