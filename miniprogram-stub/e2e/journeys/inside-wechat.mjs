// The page inside WeChat: signing in by the official account (公众号网页授权), when all goes well, and when WeChat does not answer or
// does not take the code. A server of its own, which takes a stand-in for WeChat.
import assert from 'node:assert/strict'
import { draft } from '../support/others.mjs'
import { person } from '../support/person.mjs'
import { start } from '../support/server.mjs'
import { WeChat } from '../support/wechat.mjs'

const WECHAT_BROWSER = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN'

export async function insideWechat(world) {
  const wechat = await WeChat.start()
  const server = await start({ ...wechat.settings, THROTTLE_FAILURES: 0, THROTTLE_ADDRESS_CODES: 0, THROTTLE_PHONE_CODES: 0 })
  const there = { ...world, server }
  try {
    await isNotOfferedOutside(there)
    const wu = await person(there, { userAgent: WECHAT_BROWSER, expected: [wechat.url] })
    await isToldWhatIsWrong(wu, wechat)
    await arrives(wu)
    await comesTwice(there, wu)
    await goesOnWriting(there, wu, wechat)
  } finally {
    await server.stop()
    wechat.stop()
  }
}

async function isNotOfferedOutside(world) {
  const outside = await person(world)
  await outside.v.open('#/pages/sign-in/index')
  await outside.find('#sign-in').waitFor()
  assert.equal(await outside.find('#official-account').count(), 0)
}

/** Each way in which it goes wrong: told in words, on the page where one was, and the next tap may work. */
async function isToldWhatIsWrong(who, wechat) {
  await who.v.open()
  await who.tap('#campaign-bozhou-2022')
  await who.tap('#begin')
  await who.at('sign-in')
  await who.tap('#official-account')
  await who.shows('#sign-in-fault', /请先阅读并同意个人信息说明/)
  const tries = [
    [{ errcode: 40029, errmsg: 'invalid code' }, /微信登录凭证已过期.*再/],
    [{ errcode: 40163, errmsg: 'code been used' }, /微信登录凭证已用过.*再/],
    [{ errcode: 45011, errmsg: 'api minute-quota reach limit' }, /登录过于频繁，请稍后再试/],
    [{ errcode: -1, errmsg: 'system error' }, /微信暂时没有应答，请稍后再试，或用手机号登录/],
    ['<html>502 Bad Gateway</html>', /微信暂时没有应答/],
    [{ openid: 'o-made-up', is_snapshotuser: 1 }, /快照页.*使用完整服务/],
  ]
  for (const [answer, sentence] of tries) {
    // the server asks a second time where that may help
    wechat.always = answer
    await leaves(who)
    await who.shows('#sign-in-fault', sentence)
  }
  await who.screen('sign-in-wechat-fault')
  wechat.always = undefined
  wechat.away = true
  await leaves(who)
  await who.shows('#sign-in-fault', /微信暂时没有应答，请稍后再试，或用手机号登录/)
  wechat.away = false
}

async function leaves(who) {
  await who.tap('#agree')
  const gone = who.page.waitForURL(/sign_in/)
  await who.tap('#official-account')
  await gone
  await who.at('sign-in')
}

/** After all that the reader is where the notice led. */
async function arrives(who) {
  await who.tap('#agree')
  await who.tap('#official-account')
  await who.at('start')
  assert.ok(await who.token())
  assert.doesNotMatch(who.page.url(), /sign_in=/, 'the word stays in the address')
}

/** What led back once leads nobody in again: neither the same browser, nor another that was given the address. */
async function comesTwice(world, who) {
  const led = [...who.v.asked].filter((url) => url.includes('/wechat/sign-in/done?')).at(-1)
  const other = await person(world, { userAgent: WECHAT_BROWSER })
  for (const [browser, address] of [[who, led], [other, led], [other, `${world.server.url}/m/?sign_in=forged`]]) {
    await browser.page.goto(address)
    await browser.at('sign-in')
    await browser.shows('#sign-in-fault', /(再点一次|重新登录)/)
    assert.doesNotMatch(browser.page.url(), /sign_in/)
  }
  assert.equal(await other.token(), undefined)
}

/** The session ends elsewhere while somebody writes; WeChat signs in again, and the page with all that was typed is back. */
async function goesOnWriting(world, who, wechat) {
  const token = await who.token()
  const id = await draft(world, token, { name: '微信里写的' })
  await who.v.open(`#/pages/form/index?id=${id}`)
  await who.find('#field-name').waitFor()
  await world.server.call('DELETE', '/api/v1/sessions/current', { token })
  await who.fillIn({ summary: '登录失效后写下的话' })
  await who.find('#session-lost').waitFor()
  await who.tap('#sign-in-again')
  await who.at('sign-in')
  wechat.always = { errcode: -1 }
  await leaves(who)
  await who.shows('#sign-in-fault', /微信暂时没有应答/)
  wechat.always = undefined
  await who.tap('#agree')
  await who.tap('#official-account')
  await who.at('form')
  assert.equal(who.id(), id)
  await who.shows('#draft-state', /草稿已/)
  assert.equal(await who.find('#field-summary textarea').inputValue(), '登录失效后写下的话')
  const { answers } = await world.server.call('GET', `/api/v1/entries/${id}`, { token: await who.token() })
  assert.equal(answers.summary, '登录失效后写下的话')
}
