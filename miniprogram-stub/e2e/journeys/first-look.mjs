// Somebody who has heard of a campaign looks around and signs in.
import assert from 'node:assert/strict'
import { downloaded, person } from '../support/person.mjs'

const PHONE = '13800138001'

export async function firstLook(world) {
  const anna = await person(world)
  await anna.v.open()
  await anna.sees('关于开展2022年亳州市文明网站平台、文明账号推选活动的通知')
  await anna.screen('campaigns')
  await anna.tap('#look')
  await anna.screen('campaigns-large')
  await anna.tap('#look')
  await anna.tap('#look')
  await anna.sees('字号：标准')

  await anna.tap('#privacy')
  await anna.at('privacy')
  await anna.screen('privacy')
  await anna.page.goBack()

  await anna.tap('#campaign-bozhou-2022')
  await anna.find('#countdown').waitFor()
  assert.match(await anna.words('#countdown'), /距申报截止还有\d+天/)
  await anna.sees('建议以MP4标清、高清格式报送，时长5分钟以内')
  await anna.screen('notice')
  const blank = await downloaded(anna.page, () => anna.tap('#blank-form'))
  assert.equal(blank.subarray(0, 5).toString(), '%PDF-')

  await anna.tap('#begin')
  await anna.at('sign-in')
  await anna.screen('sign-in')
  await refusedSignIns(anna)
  await anna.type('#phone', PHONE)
  await anna.tap('#send-code')
  const told = await anna.words('#code-sent')
  assert.match(told, /验证码已发送/)
  const code = await world.server.code()
  await anna.type('#code', code === '000000' ? '111111' : '000000')
  await anna.tap('#sign-in')
  await anna.find('#sign-in-fault').waitFor()
  await anna.screen('sign-in-wrong-code')
  await anna.type('#code', code)
  await anna.tap('#sign-in')
  await anna.at('start')
}

/** Faults are told under their field before anything is sent. */
async function refusedSignIns(anna) {
  await anna.tap('#sign-in')
  assert.match(await anna.text(), /请填写11位手机号码/)
  assert.match(await anna.text(), /请填写短信里的6位验证码/)
  await anna.type('#phone', '12345')
  await anna.tap('#send-code')
  assert.match(await anna.text(), /请填写11位手机号码/)
  await anna.type('#phone', PHONE)
  await anna.tap('#send-code')
  assert.match(await anna.words('#sign-in-fault'), /请先阅读并同意/)
  await anna.screen('sign-in-refused')
  await anna.tap('#agree')
}
